//! An executable that is nothing but a Python application: the one that `PYOXIDIZER_CONFIG` names.

#![no_main]

pyembed::main!();
