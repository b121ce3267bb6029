"""Charts for a terminal: numbers and a size in, rows of coloured cells out.

``ContourChart`` draws a surface from above, ``CurveChart`` a function of one parameter, ``LossChart`` the
loss over the iterations. All three are drawn from the cells up: a grid of glyphs and looks, braille dots
for lines, bands of colour for height. Nothing here knows of a screen library: a widget asks for ``row(y)``.
"""
