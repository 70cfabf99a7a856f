"""Show a window and say where Tcl and Tk come from; with an argument, wait for a line of input."""

import _tkinter
import os
import sys
import tkinter
from tkinter import ttk


def packed(path):
    """Return a path below the executable without the executable's own."""
    return path.removeprefix(sys.executable)


root = tkinter.Tk()
root.geometry('320x200+20+20')
root.configure(background='#ff00aa')
ttk.Button(root, text='Grüße').pack(pady=20)
root.update()
tcl = root.tk.eval
print(packed(_tkinter.__file__))
print(packed(tcl('set tcl_library')), packed(tcl('set tk_library')))
tcl('package require msgcat; package require http')
print('msgcat and http found, themes:', *sorted(ttk.Style().theme_names()))
print(tcl('encoding convertfrom shiftjis \\x82\\xa0'), 'cp932' in tcl('encoding names'))
print('variables left:', [name for name in ('TCL_LIBRARY', 'TK_LIBRARY') if name in os.environ])
print(tcl('clock format 0 -gmt 1 -format %Y -locale de'))
print('viewable:', root.winfo_viewable(), root.winfo_width(), root.winfo_height(), flush=True)
if len(sys.argv) > 1:
    sys.stdin.readline()
other = tkinter.Tcl()
same_tcl = other.eval('info library') == tcl('info library')
other.loadtk()
print('another interpreter:', same_tcl, other.eval('set tk_library') == tcl('set tk_library'))
other.destroy()
root.destroy()
