"""An application that comes with two DLLs, of which one needs the other."""
