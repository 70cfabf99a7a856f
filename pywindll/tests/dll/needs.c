/* A DLL that needs another one. */
__declspec(dllimport) int number_of_dependency(void);
__declspec(dllexport) int number_times_two(void) { return 2 * number_of_dependency(); }
