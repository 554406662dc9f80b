/* A PKCS#11 module with one token, one certificate and one key, that misbehaves as HOSTILE says: "C_Sign=hang" and the like.
   Own declarations of what it needs (PKCS #11 v2.40). HOSTILE_CERTIFICATE and HOSTILE_SIGNATURE name files. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

typedef unsigned long ulong_t;
typedef struct { ulong_t type; void *value; ulong_t length; } attribute_t;
typedef struct { unsigned char version[2]; void *functions[68]; } list_t;
typedef struct { char description[64], manufacturer[32]; ulong_t flags; unsigned char versions[4]; } slot_info_t;
typedef struct {
    char label[32], manufacturer[32], model[16], serial[16];
    ulong_t flags, sessions[4], longest_pin, shortest_pin, memory[4];
    unsigned char versions[4];
    char time[16];
} token_info_t;
typedef struct {
    unsigned char cryptoki[2];
    char manufacturer[32];
    ulong_t flags;
    char description[32];
    unsigned char version[2];
} info_t;

enum { OK = 0, GENERAL_ERROR = 5, UNSUPPORTED = 0x54, ATTRIBUTE_INVALID = 0x12, PIN_INCORRECT = 0xA0, PIN_LOCKED = 0xA4 };
enum { CERTIFICATE = 1, PRIVATE_KEY = 2 };

static list_t list;
static unsigned char certificate[65536], signature[4096];
static ulong_t certificate_length, signature_length, wanted_class;
static int found_already;

/* Does HOSTILE want this of this function? */
static int is(const char *function, const char *deed) {
    const char *told = getenv("HOSTILE");
    size_t n = strlen(function);
    return told && !strncmp(told, function, n) && told[n] == '=' && !strcmp(told + n + 1, deed);
}

/* What any function may do. Nonzero: fail with that. */
static ulong_t enter(const char *function) {
    if (is(function, "hang")) for (;;) pause();
    if (is(function, "spin")) for (;;) ;
    if (is(function, "crash")) raise(SIGSEGV);
    if (is(function, "exit")) exit(0);
    if (is(function, "child") && fork() == 0) for (;;) pause();
    if (is(function, "closes")) { close(0); close(1); close(2); }
    if (is(function, "noise")) for (int i = 0; i < 20000; i++) { puts("noise on standard output"); fputs("and on error\n", stderr); }
    if (is(function, "fail")) return GENERAL_ERROR;
    if (is(function, "odd")) return 0x8BADF00D;
    return OK;
}
#define ENTER(name) do { ulong_t wrong = enter(name); if (wrong) return wrong; } while (0)

static void fill(char *place, size_t room, const char *text) {
    memset(place, ' ', room);
    memcpy(place, text, strlen(text));
}

static ulong_t load(const char *variable, unsigned char *place, size_t room) {
    const char *name = getenv(variable);
    FILE *file = name ? fopen(name, "rb") : NULL;
    if (!file) return 0;
    ulong_t length = fread(place, 1, room, file);
    fclose(file);
    return length;
}

static ulong_t C_Initialize(void *arguments) {
    ENTER("C_Initialize");
    certificate_length = load("HOSTILE_CERTIFICATE", certificate, sizeof certificate);
    signature_length = load("HOSTILE_SIGNATURE", signature, sizeof signature);
    return OK;
}
static ulong_t C_Finalize(void *reserved) { ENTER("C_Finalize"); return OK; }
static ulong_t C_GetInfo(info_t *info) {
    ENTER("C_GetInfo");
    memset(info, 0, sizeof *info);
    info->cryptoki[0] = 2;
    info->cryptoki[1] = 40;
    fill(info->manufacturer, 32, "hostile");
    fill(info->description, 32, "hostile");
    return OK;
}
static ulong_t C_GetSlotList(unsigned char present, ulong_t *slots, ulong_t *count) {
    ENTER("C_GetSlotList");
    if (is("C_GetSlotList", "many")) { *count = 2147483647; return OK; }
    if (slots && *count) slots[0] = 7;
    *count = 1;
    return OK;
}
static ulong_t C_GetSlotInfo(ulong_t slot, slot_info_t *info) {
    ENTER("C_GetSlotInfo");
    memset(info, is("C_GetSlotInfo", "garbage") ? 0xFF : 0, sizeof *info);
    if (is("C_GetSlotInfo", "garbage")) return OK;
    fill(info->description, 64, "Hostile Reader");
    fill(info->manufacturer, 32, "hostile");
    info->flags = 1;
    return OK;
}
static ulong_t C_GetTokenInfo(ulong_t slot, token_info_t *info) {
    ENTER("C_GetTokenInfo");
    memset(info, is("C_GetTokenInfo", "garbage") ? 0xFF : 0, sizeof *info);
    if (is("C_GetTokenInfo", "garbage")) return OK;
    fill(info->label, 32, "hostile");
    fill(info->manufacturer, 32, "hostile");
    fill(info->model, 16, "hostile");
    fill(info->serial, 16, "1");
    info->flags = 0x40D;
    info->longest_pin = is("C_GetTokenInfo", "lengths") ? ~0UL : 16;
    info->shortest_pin = is("C_GetTokenInfo", "lengths") ? ~0UL : 4;
    return OK;
}
static ulong_t C_OpenSession(ulong_t slot, ulong_t flags, void *application, void *notify, ulong_t *session) {
    ENTER("C_OpenSession");
    *session = is("C_OpenSession", "zero") ? 0 : 1;
    return OK;
}
static ulong_t C_CloseSession(ulong_t session) { ENTER("C_CloseSession"); return OK; }
static ulong_t C_CloseAllSessions(ulong_t slot) { ENTER("C_CloseAllSessions"); return OK; }
static ulong_t C_Login(ulong_t session, ulong_t user, const char *pin, ulong_t length) {
    ENTER("C_Login");
    if (is("C_Login", "wrong")) return PIN_INCORRECT;
    if (is("C_Login", "locked")) return PIN_LOCKED;
    return OK;
}
static ulong_t C_Logout(ulong_t session) { ENTER("C_Logout"); return OK; }
static ulong_t C_FindObjectsInit(ulong_t session, attribute_t *wanted, ulong_t count) {
    ENTER("C_FindObjectsInit");
    wanted_class = CERTIFICATE;
    for (ulong_t i = 0; i < count; i++)
        if (wanted[i].type == 0) wanted_class = *(ulong_t *)wanted[i].value == 3 ? PRIVATE_KEY : CERTIFICATE;
    found_already = 0;
    return OK;
}
static ulong_t C_FindObjects(ulong_t session, ulong_t *objects, ulong_t room, ulong_t *count) {
    ENTER("C_FindObjects");
    if (is("C_FindObjects", "endless")) {
        for (ulong_t i = 0; i < room; i++) objects[i] = wanted_class;
        *count = room;
        return OK;
    }
    if (is("C_FindObjects", "more")) { *count = room + 1000; return OK; }
    *count = 0;
    if (!found_already && room) { objects[0] = wanted_class; *count = 1; found_already = 1; }
    return OK;
}
static ulong_t C_FindObjectsFinal(ulong_t session) { ENTER("C_FindObjectsFinal"); return OK; }
static ulong_t give(attribute_t *to, const void *value, ulong_t length) {
    if (is("C_GetAttributeValue", "huge")) { to->length = 1UL << 46; return OK; }
    if (is("C_GetAttributeValue", "unavailable")) { to->length = ~0UL; return OK; }
    if (to->value && to->length >= length) memcpy(to->value, value, length);
    to->length = length;
    return OK;
}
static ulong_t C_GetAttributeValue(ulong_t session, ulong_t object, attribute_t *wanted, ulong_t count) {
    static unsigned char yes = 1, no = 0;
    static ulong_t x509 = 0, rsa = 0, bits = 2048;
    ulong_t result = OK;
    ENTER("C_GetAttributeValue");
    for (ulong_t i = 0; i < count; i++) {
        ulong_t kind = object == PRIVATE_KEY ? 3 : 1;
        switch (wanted[i].type) {
        case 0x000: give(&wanted[i], &kind, sizeof kind); break;
        case 0x003: give(&wanted[i], "key", 3); break;
        case 0x011: give(&wanted[i], certificate, certificate_length); break;
        case 0x080: give(&wanted[i], &x509, sizeof x509); break;
        case 0x100: give(&wanted[i], &rsa, sizeof rsa); break;
        case 0x102: give(&wanted[i], "\1", 1); break;
        case 0x121: give(&wanted[i], &bits, sizeof bits); break;
        case 0x108: give(&wanted[i], &yes, 1); break;
        case 0x202: give(&wanted[i], &no, 1); break;
        default: wanted[i].length = ~0UL; result = ATTRIBUTE_INVALID;
        }
    }
    return result;
}
static ulong_t C_SignInit(ulong_t session, void *mechanism, ulong_t key) { ENTER("C_SignInit"); return OK; }
static ulong_t C_Sign(ulong_t session, const void *data, ulong_t length, unsigned char *out, ulong_t *room) {
    ENTER("C_Sign");
    if (is("C_Sign", "long")) { *room = out ? 1UL << 20 : signature_length; return OK; }
    if (is("C_Sign", "zero")) { *room = 0; return OK; }
    if (out) {
        memcpy(out, signature, *room < signature_length ? *room : signature_length);
        if (is("C_Sign", "random")) memset(out, 0x5A, signature_length);
    }
    *room = signature_length;
    return OK;
}
static ulong_t unsupported(void) { return UNSUPPORTED; }

ulong_t C_GetFunctionList(list_t **told) {
    ENTER("C_GetFunctionList");
    for (int i = 0; i < 68; i++) list.functions[i] = (void *)unsupported;
    list.version[0] = 2;
    list.version[1] = 40;
    void *mine[][2] = {
        {(void *)0, C_Initialize}, {(void *)1, C_Finalize}, {(void *)2, C_GetInfo}, {(void *)3, C_GetFunctionList},
        {(void *)4, C_GetSlotList}, {(void *)5, C_GetSlotInfo}, {(void *)6, C_GetTokenInfo}, {(void *)12, C_OpenSession},
        {(void *)13, C_CloseSession}, {(void *)14, C_CloseAllSessions}, {(void *)18, C_Login}, {(void *)19, C_Logout},
        {(void *)24, C_GetAttributeValue}, {(void *)26, C_FindObjectsInit}, {(void *)27, C_FindObjects},
        {(void *)28, C_FindObjectsFinal}, {(void *)42, C_SignInit}, {(void *)43, C_Sign},
    };
    for (size_t i = 0; i < sizeof mine / sizeof *mine; i++) list.functions[(ulong_t)mine[i][0]] = mine[i][1];
    *told = &list;
    return OK;
}
