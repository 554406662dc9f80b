/* A PKCS#11 module that misbehaves as HOSTILE says, built by the tests: hang, crash, lie, answer with errors. No headers needed. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <signal.h>
#include <stdio.h>

typedef unsigned long UL;
typedef unsigned char B;
typedef struct { B major, minor; } Version;
typedef struct { Version cryptoki; B manufacturer[32]; UL flags; B description[32]; Version library; } Info;
typedef struct { B description[64], manufacturer[32]; UL flags; Version hardware, firmware; } SlotInfo;
typedef struct { B label[32], manufacturer[32], model[16], serial[16]; UL flags, n[10]; Version hardware, firmware; B time[16]; } TokenInfo;
typedef struct { UL type; void *value; UL length; } Attribute;
typedef struct { Version version; void *functions[68]; } List;

static int is(const char *what) { const char *how = getenv("HOSTILE"); return how && !strcmp(how, what); }
static void fill(B *to, size_t size, const char *text) { memset(to, ' ', size); memcpy(to, text, strlen(text)); }

static UL initialize(void *arguments) {
  (void)arguments;
  if (is("hang")) sleep(1000);
  if (is("crash")) raise(SIGSEGV);
  if (is("exit")) _exit(0);
  if (is("print")) { printf("J\1\2\3 what a module prints\n"); fflush(stdout); }
  return is("refuse") ? 0x05 : 0;
}
static UL finalize(void *r) { (void)r; if (is("crash-late")) abort(); return 0; }
static UL get_info(Info *i) {
  memset(i, 0, sizeof *i);
  i->cryptoki.major = 2; i->cryptoki.minor = 20;
  fill(i->manufacturer, 32, "\x8e\x8e\x8c\xb1"); /* Shift_JIS */
  fill(i->description, 32, "Hostile");
  return 0;
}
static UL get_slots(B present, UL *slots, UL *count) {
  (void)present;
  if (is("many")) { *count = 0xFFFFFFF0; return 0; }
  if (is("slots-fail")) return 0x06;
  if (slots) slots[0] = 7;
  *count = is("none") ? 0 : is("grow") && slots ? 1000000 : 1;
  return 0;
}
static UL slot_info(UL slot, SlotInfo *i) {
  memset(i, 0, sizeof *i);
  fill(i->description, 64, "Reader H 00 00");
  i->flags = is("empty") ? 0 : 1;
  return slot == 7 ? 0 : 0x03;
}
static UL token_info(UL slot, TokenInfo *i) {
  (void)slot;
  if (is("strange")) return 0xE1;
  if (is("crash-token")) *(volatile int *)0 = 1;
  memset(i, 0, sizeof *i);
  fill(i->label, 32, "Card\xff\xfe");
  fill(i->manufacturer, 32, "M"); fill(i->model, 16, "H");
  i->flags = 0x404 | (is("locked") ? 0x40000 : is("final") ? 0x20000 : is("low") ? 0x10000 : 0) | (is("pinpad") ? 0x100 : 0);
  i->n[4] = 14; i->n[5] = 4; /* max and min PIN */
  return 0;
}
static UL mechanisms(UL slot, UL *list, UL *count) {
  (void)slot;
  if (is("mechanisms")) { *count = 0xFFFFFFF0; return 0; }
  if (list) list[0] = is("no-signing") ? 0x220 : 0x01;
  *count = 1;
  return 0;
}
static UL open_session(UL slot, UL flags, void *a, void *n, UL *session) { (void)slot; (void)flags; (void)a; (void)n; *session = 1; return is("session") ? 0x06 : 0; }
static UL close_session(UL session) { (void)session; return 0; }
static UL find_init(UL s, Attribute *t, UL n) { (void)s; (void)t; (void)n; return 0; }
static UL find(UL s, UL *objects, UL most, UL *count) { (void)s; (void)most; objects[0] = 3; *count = is("objects") ? 1000000 : 1; return 0; }
static UL find_final(UL s) { (void)s; return 0; }
static UL attribute(UL s, UL o, Attribute *a, UL n) {
  (void)s; (void)o; (void)n;
  if (is("long")) { a->length = (UL)-1; return 0; }
  if (is("overwrite") && a->value) { memset(a->value, 0x30, 20000); a->length = 20000; return 0; }
  if (is("grows") && a->value) { a->length = (UL)-2; return 0; }
  if (a->value) memcpy(a->value, "0123456789", 10);
  a->length = 10;
  return 0;
}

static List list;
UL C_GetFunctionList(List **where) {
  if (is("no-list")) { *where = 0; return 0; }
  if (is("list-fails")) return 0x05;
  list.version.major = 2; list.version.minor = 20;
  if (!is("holes")) {
    void *f[] = {initialize, finalize, get_info, 0, get_slots, slot_info, token_info, mechanisms};
    memcpy(list.functions, f, sizeof f);
    list.functions[12] = open_session; list.functions[13] = close_session; list.functions[24] = attribute;
    list.functions[26] = find_init; list.functions[27] = find; list.functions[28] = find_final;
  }
  *where = is("wild") ? (List *)8 : &list;
  return 0;
}
