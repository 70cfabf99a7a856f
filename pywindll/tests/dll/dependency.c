/* What needs.c needs. */
__declspec(dllexport) int number_of_dependency(void) { return 21; }
