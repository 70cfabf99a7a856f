"""a PNG, an SVG and a PDF rendered without a display"""

import hashlib
import io

DISTRIBUTIONS = ['matplotlib']


def check():
    import matplotlib

    matplotlib.use('agg')
    import matplotlib.pyplot as plt
    import numpy as np

    figure, axes = plt.subplots(1, 2, figsize=(6, 3), dpi=100)
    x = np.linspace(0, 6, 200)
    axes[0].plot(x, np.sin(x), label=r'$\sin x$')
    axes[0].legend()
    axes[0].set_title('ä')
    axes[1].contourf(np.outer(np.sin(x), np.cos(x)))
    axes[1].tricontour([0, 1, 0, 1], [0, 0, 1, 1], [0, 1, 1, 2])
    figure.canvas.draw()
    pixels = hashlib.sha256(np.asarray(figure.canvas.buffer_rgba()).tobytes()).hexdigest()
    heads = []
    for kind in ['png', 'svg', 'pdf']:
        file = io.BytesIO()
        figure.savefig(file, format=kind)
        heads.append(file.getvalue()[:5].decode('latin-1'))
        assert len(file.getvalue()) > 5000
    return [pixels, heads]
