"""Many descents side by side, each a lane: which arrays there are, how they are stepped, what becomes of each lane.

A loop for all of them is generated where it can be (formulas, and terms up to vectors), in NumPy calls with ``out=``;
`by_arrays` is the reference, and runs the rest. For gd on x² with gtol it is this:

    def lanes(n, t, last, arrays, registers, numbers, limits, drawn):
        checked, every = arrays['checked'][:, :n], pieces(arrays['checked'])
        c_loss, c_theta, c_square = checked[0], checked[1:2], checked[2]
        q_grad = arrays['grad'][..., :n]
        r0 = registers['r0'][..., :n]
        p_lr = number(numbers['lr'])
        diverge_at, gtol2, min_delta, deadline, anchor_at = limits
        high = diverge_at if diverge_at > 1e+50 else 1e+50
        high = high*high
        bounded = checked[:2]
        w0 = c_theta[0]
        w1 = q_grad[0]
        _1 = -p_lr
        n0 = array(_1)
        n1 = array(2.0)
        while t < last:
            t += 1
            tf = number(t)
            multiply(q_grad, n0, r0)
            add(c_theta, r0, c_theta)
            multiply(w0, w0, c_loss)
            multiply(w0, n1, w1)
            multiply(q_grad[0], q_grad[0], c_square)
            squares = 0.0
            for piece in every:
                squares += dot(piece, piece)
            if not squares < high or not c_square[c_square.argmin()] > gtol2:
                return t
        return t
"""
