/* Sizes and addresses of the image, for assembly. */
#ifdef __x86_64__
#define IMAGE_BASE 0x140000000
#define POINTER .quad
#else
#define IMAGE_BASE 0x400000
#define POINTER .long
#endif
#define RVA(symbol) symbol - IMAGE_BASE
