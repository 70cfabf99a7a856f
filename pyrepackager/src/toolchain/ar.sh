#!/bin/sh
# Makes static libraries of objects for any target.
exec '@ZIG@' ar "$@"
