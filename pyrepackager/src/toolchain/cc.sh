#!/bin/sh
# Compiles for @TARGET@ with Zig, and links with this machine's compiler driver against the folder of this file.
ZIG_LOCAL_CACHE_DIR='@CACHE@'
ZIG_GLOBAL_CACHE_DIR='@CACHE@'
export ZIG_LOCAL_CACHE_DIR ZIG_GLOBAL_CACHE_DIR
compiles=
level=
for argument do
    shift
    case $argument in
        # Of build systems that know only one kind of clang. Zig has its own names of targets, below.
        --target=*) continue ;;
        -O*) level=$argument ;;
        -c | -S | -E | -M | -MM | -x* | -v | -### | --version | -dump*) compiles=yes ;;
        -*) ;;
        *.[cCisS] | *.cc | *.cpp | *.cxx | *.c++ | *.ii | *.sx) compiles=yes ;;
    esac
    set -- "$@" "$argument"
done
if [ "$compiles" ]; then
    # Zig takes it for -O2, but passes on what is for clang alone.
    [ "$level" != -O3 ] || set -- "$@" -Xclang -O3
    exec '@ZIG@' @MODE@ -target @TARGET@ -g0 -fomit-frame-pointer -fno-sanitize=undefined \
        -Wno-error=date-time -Wno-date-time "$@"
fi
exec '@DRIVER@' "-B@SYSROOT@/" "-L@SYSROOT@" "$@"
