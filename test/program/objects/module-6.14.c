// What Linux 6.14 keeps of a module, as far as a debugger reads it.
typedef unsigned long size;
struct attribute { const char *name; unsigned short mode; };
struct bin_attribute { struct attribute attr; size bytes; void *private; };
struct module_sect_attrs { void *grp[5]; struct bin_attribute attrs[]; };
struct module { int state; void *list[2]; char name[56]; struct module_sect_attrs *sect_attrs; };
static struct module_sect_attrs attributes = {
  .attrs = {
    {.attr = {.name = ".text"}, .private = (void *)0xffff800000d00000},
    {.attr = {.name = ".data"}, .private = (void *)0xffff800000d02000},
    {},
  },
};
struct module this_module = {.name = "sdei_client", .sect_attrs = &attributes};
struct module unfinished = {.name = "early"};
