"""Calls a routine of a packed DLL, and says what is in the folder that it runs in."""

import os

from pywindll import cdll

drivers = os.path.join(os.path.dirname(__file__), "drivers")
dll = cdll.LoadLibrary(os.path.join(drivers, "needs.dll"))
print(dll.number_times_two(), os.listdir("."))
