/* The interpreter's executable. Debian's own is linked for a newer C library. */
int Py_BytesMain(int, char **);

int main(int count, char **arguments)
{
    return Py_BytesMain(count, arguments);
}
