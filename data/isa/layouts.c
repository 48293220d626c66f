/* Types and structures whose sizes, holes and bytes are read from what a compiler makes of them. */

#define NUMBERS(T) T(char) T(short) T(int) T(long) T(long long) T(_Bool) T(__WCHAR_TYPE__) T(__SIZE_TYPE__)
#define OTHERS(T) T(float) T(double) T(long double) T(void *) T(__builtin_va_list)
#define NAME(type) #type ";"
#define SIZE(type) sizeof(type),
#define ALIGNMENT(type) _Alignof(type),
#define SIGNED(type) (type)-1 < (type)1,

const char names[] = NUMBERS(NAME) OTHERS(NAME);
const unsigned char sizes[] = {NUMBERS(SIZE) OTHERS(SIZE)};
const unsigned char alignments[] = {NUMBERS(ALIGNMENT) OTHERS(ALIGNMENT)};
const unsigned char has_sign[] = {NUMBERS(SIGNED)};
const unsigned char digits[] = {__FLT_MANT_DIG__, __DBL_MANT_DIG__, __LDBL_MANT_DIG__};

struct mixed {
    char tag;
    double x;
    short number;
} mixed = {'A', 1.0, 0x0102};

struct sorted { /* the same members, the largest first */
    double x;
    short number;
    char tag;
} sorted = {1.0, 0x0102, 'A'};

struct linked {
    char tag;
    void *next;
    int count;
    long long total;
} linked = {'B', 0, 0x01020304, 0x0102030405060708};

struct bits {
    unsigned int kind : 3;
    unsigned int length : 12;
    unsigned int last : 1;
    unsigned char rest;
} bits = {5, 0xabc, 1, 0x7f};

struct wide {
    char tag;
    long double value;
} wide = {'C', 1.0L};

struct header { /* as it would stand in a packet */
    unsigned short port;
    unsigned int address;
    unsigned char version;
} header = {0x1234, 0x0a000001, 4};
