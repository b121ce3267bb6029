"""Charts for a terminal: numbers and a size in, rows of coloured cells out.

``ContourChart`` draws a surface from above, ``FieldChart`` its gradient as arrows over that, ``SurfaceChart``
the same surface in three dimensions, ``SlicesChart`` a function along each of its parameters, ``CurvesChart``
(and ``LossChart``) quantities over the iterations, ``PhaseChart`` the parameters with the optimizer's state.
All are drawn from the cells up: a grid of glyphs and looks, braille dots for lines, bands of colour for
height. Nothing here knows of a screen library: a widget calls ``draw(cursor)``, which says what changed, and
asks for each ``row(y)``.
"""
