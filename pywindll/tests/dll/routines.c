/* Routines for the tests: each shows one way in which arguments, results, callbacks, memory or ends go.
 * Compiled by MinGW for x86_64 and i686, once with each calling convention. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>
#include <windows.h>

#ifdef WITH_STDCALL
#define CONVENTION __stdcall
#else
#define CONVENTION __cdecl
#endif
#define EXPORT __declspec(dllexport)
#define ROUTINE(result) EXPORT result CONVENTION

typedef struct { double x, y; } point;
typedef struct { int16_t x, y, z, u; } small_vector;
typedef struct { int8_t a, b, c; } triple;
typedef struct { uint32_t low : 3; int32_t middle : 7; uint16_t high : 4; uint8_t last : 5; int32_t after; } bits;
typedef struct node { int32_t value; struct node *next; } node;
typedef int(CONVENTION *int_callback)(int);
typedef double(CONVENTION *mixed_callback)(double, int, float, void *, double);
typedef double(CONVENTION *point_callback)(point, point *);
typedef struct { int16_t count; int_callback get; } belt;
typedef struct { int16_t width, height; int16_t *data; } image;
typedef int16_t(CONVENTION *filter_callback)(image *);
typedef struct { const char *name; const wchar_t *title; wchar_t tag[8]; wchar_t letter; } texts;

/* Numbers. */
ROUTINE(int) add(int a, int b) { return a + b; }
ROUTINE(void) noop(void) {}
ROUTINE(float) simple_demo_routine(float a, float b) { return a - a / b; }
ROUTINE(double) multiply(double a, double b) { return a * b; }
ROUTINE(int64_t) add64(int64_t a, int64_t b) { return a + b; }
ROUTINE(double) mix10(int a, double b, int64_t c, float d, int8_t e, double f, uint16_t g, float h, void *p, double i) {
    return a + b + c + d + e + f + g + h + (p ? *(int *)p : 0) + i;
}
ROUTINE(int) divide(int a, int b, int *rest) {
    *rest = b ? a % b : 0;
    return b ? a / b : 0;
}
ROUTINE(uint8_t) largest8(void) { return UINT8_MAX; }
ROUTINE(int8_t) smallest8(void) { return INT8_MIN; }
ROUTINE(uint64_t) largest64(void) { return UINT64_MAX; }
ROUTINE(int) is_null(void *address) { return address == 0; }
ROUTINE(void *) same_address(void *address) { return address; }
EXPORT int __cdecl sum_variable(int count, ...) {
    va_list list;
    double sum = 0;
    va_start(list, count);
    for (int i = 0; i < count; i++) sum += va_arg(list, double);
    va_end(list);
    return (int)sum;
}

/* Structures and arrays. */
ROUTINE(double) distance(point *a, point *b) {
    double dx = a->x - b->x, dy = a->y - b->y;
    return dx * dx + dy * dy;
}
ROUTINE(double) norm_by_value(point a) { return a.x * a.x + a.y * a.y; }
ROUTINE(int) vector_by_value(small_vector a) { return a.x + a.y * 10 + a.z * 100 + a.u * 1000; }
ROUTINE(int) triple_by_value(triple a) { return a.a + a.b * 10 + a.c * 100; }
ROUTINE(point) make_point(double x, double y) { point made = {x, y}; return made; }
ROUTINE(small_vector) make_vector(int first) {
    small_vector made = {first, first + 1, first + 2, first + 3};
    return made;
}
ROUTINE(int) sum_bits(bits *value) {
    return value->low + 10 * value->middle + 100 * value->high + 1000 * value->last + 10000 * value->after;
}
ROUTINE(int) size_of_bits(void) { return sizeof(bits); }
ROUTINE(void) bubblesort(float *values, int count) {
    for (int i = 0; i < count - 1; i++)
        for (int j = 0; j < count - i - 1; j++)
            if (values[j] > values[j + 1]) {
                float other = values[j];
                values[j] = values[j + 1];
                values[j + 1] = other;
            }
}
ROUTINE(double) average(double *values, int count) {
    double sum = 0;
    for (int i = 0; i < count; i++) sum += values[i];
    return count ? sum / count : 0;
}
ROUTINE(void) gauss_elimination(float (*a)[3][4], float (*x)[3]) {
    for (int i = 0; i < 3; i++)
        for (int k = i + 1; k < 3; k++) {
            float factor = (*a)[k][i] / (*a)[i][i];
            for (int j = i; j < 4; j++) (*a)[k][j] -= factor * (*a)[i][j];
        }
    for (int i = 2; i >= 0; i--) {
        (*x)[i] = (*a)[i][3];
        for (int j = i + 1; j < 3; j++) (*x)[i] -= (*a)[i][j] * (*x)[j];
        (*x)[i] /= (*a)[i][i];
    }
}
ROUTINE(void) sum_bytes(const uint8_t *bytes, size_t count, uint64_t *sum) {
    *sum = 0;
    for (size_t i = 0; i < count; i++) *sum += bytes[i];
}
ROUTINE(int) sum_list(node *first) {
    int sum = 0;
    for (; first; first = first->next) sum += first->value;
    return sum;
}

/* Texts. */
ROUTINE(int) wide_length(const wchar_t *text) { return (int)wcslen(text); }
ROUTINE(void) wide_upper(wchar_t *text) {
    for (; *text; text++)
        if (*text >= 'a' && *text <= 'z') *text -= 32;
}
ROUTINE(const char *) hello(void) { return "hello from PE"; }
ROUTINE(const wchar_t *) wide_hello(void) { return L"h\u00e9llo wide"; }
ROUTINE(int) replace_letter(char **text, char from, char to) {
    int count = 0;
    for (char *at = *text; *at; at++)
        if (*at == from) *at = to, count++;
    return count;
}
ROUTINE(int) text_lengths(texts *given) {
    return (int)(strlen(given->name) + 10 * wcslen(given->title) + 100 * wcslen(given->tag) + 1000 * (given->letter - L'a'));
}
ROUTINE(int) joined_length(const char **texts, int count) {
    int sum = 0;
    for (int i = 0; i < count; i++) sum += (int)strlen(texts[i]);
    return sum;
}
ROUTINE(void) say(const char *text) {
    printf("%s\n", text);
    fflush(stdout);
}

/* Memory of the DLL. */
ROUTINE(int *) squares(int count) {
    int *made = malloc(count * sizeof *made);
    for (int i = 0; i < count; i++) made[i] = i * i;
    return made;
}
ROUTINE(void) give_squares(int **place, int count) { *place = squares(count); }
ROUTINE(point *) new_point(double x, double y) {
    point *made = malloc(sizeof *made);
    made->x = x;
    made->y = y;
    return made;
}
ROUTINE(node *) new_list(int count) {
    node *first = 0;
    while (count--) {
        node *made = malloc(sizeof *made);
        made->value = count;
        made->next = first;
        first = made;
    }
    return first;
}
EXPORT int exported_value = 42;
EXPORT point exported_point = {1.5, 2.5};
ROUTINE(int) exported_value_times(int factor) { return exported_value * factor; }

/* Callbacks. */
ROUTINE(int) sum_callback(int count, int_callback get) {
    int sum = 0;
    for (int i = 0; i < count; i++) sum += get ? get(i) : 2;
    return sum;
}
ROUTINE(double) call_mixed(mixed_callback call, double k) {
    static int five = 5;
    return call(k, 3, 1.5f, &five, k * 2);
}
ROUTINE(double) call_points(point_callback call) {
    point a = {1, 2}, b = {3, 4};
    double result = call(a, &b);
    return result + b.x;
}
ROUTINE(int) recurse(int depth, int_callback next) { return depth <= 0 ? 0 : 1 + next(depth - 1); }
ROUTINE(int) sum_belt(belt *given) {
    int sum = 0;
    for (int i = 0; i < given->count; i++) sum += given->get(i);
    return sum;
}
static DWORD WINAPI in_thread(void *callback) { return ((int_callback)callback)(41); }
ROUTINE(int) callback_from_thread(int_callback callback) {
    DWORD result = 0;
    HANDLE thread = CreateThread(0, 0, in_thread, (void *)callback, 0, 0);
    WaitForSingleObject(thread, INFINITE);
    GetExitCodeThread(thread, &result);
    CloseHandle(thread);
    return (int)result;
}
ROUTINE(void) apply_filter(image *given, image *result, int16_t size, filter_callback filter) {
    int half = size / 2;
    image part = {size, size, malloc(sizeof(int16_t) * size * size)};
    for (int y = 0; y < given->height; y++)
        for (int x = 0; x < given->width; x++) {
            for (int v = 0; v < size; v++)
                for (int u = 0; u < size; u++) {
                    int at_x = x + u - half, at_y = y + v - half;
                    int inside = at_x >= 0 && at_y >= 0 && at_x < given->width && at_y < given->height;
                    part.data[v * size + u] = inside ? given->data[at_y * given->width + at_x] : 0;
                }
            result->data[y * result->width + x] = filter(&part);
        }
    free(part.data);
}

/* Errors and ends. */
ROUTINE(int) set_last_error(int code) { SetLastError(code); return 7; }
ROUTINE(int) set_errno(int code) { errno = code; return code; }
ROUTINE(int) result_code(int code) { return code; }
ROUTINE(int) write_at(int *address) { *address = 1; return 0; }
ROUTINE(int) divide_int(int a, int b) { return a / b; }
static int use_stack(int depth) {
    volatile char bytes[4000];
    bytes[depth % 4000] = (char)depth;
    return depth == -1 ? bytes[0] : use_stack(depth + 1) + bytes[depth % 4000];
}
ROUTINE(int) overflow_stack(void) { return use_stack(0); }
ROUTINE(void) end_process(int code) { ExitProcess(code); }
ROUTINE(void) end_by_abort(void) { abort(); }

/* Threads. */
ROUTINE(unsigned) thread_number(void) { return GetCurrentThreadId(); }
ROUTINE(void) sleep_milliseconds(int count) { Sleep(count); }

/* Conventions with registers. Named without their decoration by the .def file. */
int __fastcall fast_add(int a, int b, int c) { return a + 10 * b + 100 * c; }
__attribute__((thiscall)) int method_add(int *object, int b) { return *object + 10 * b; }
int CONVENTION by_ordinal(int a) { return a * 77; }

/* A COM object. */
typedef struct object object;
struct object { int(__stdcall **methods)(object *, int); int value; };
static int __stdcall add_to_value(object *this, int number) { return this->value += number; }
static int __stdcall value_times(object *this, int number) { return this->value * number; }
static int(__stdcall *methods[])(object *, int) = {add_to_value, value_times};
ROUTINE(object *) make_object(int value) {
    object *made = malloc(sizeof *made);
    made->methods = methods;
    made->value = value;
    return made;
}
