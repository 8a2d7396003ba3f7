// What Linux 6.1 keeps of a module, as far as a debugger reads it.
typedef unsigned long size;
struct attribute { const char *name; unsigned short mode; };
struct bin_attribute { struct attribute attr; size bytes; void *private; };
struct module_sect_attr { struct bin_attribute battr; unsigned long address; };
struct module_sect_attrs { void *grp[5]; unsigned int nsections; struct module_sect_attr attrs[]; };
struct module { int state; void *list[2]; char name[56]; struct module_sect_attrs *sect_attrs; };
static struct module_sect_attrs attributes = {
  .nsections = 2,
  .attrs = {
    {.battr = {.attr = {.name = ".text"}}, .address = 0xffff800000d00000},
    {.battr = {.attr = {.name = ".data"}}, .address = 0xffff800000d02000},
    {.battr = {.attr = {.name = ".beyond"}}, .address = 1},
  },
};
struct module this_module = {.name = "sdei_client", .sect_attrs = &attributes};
struct module unfinished = {.name = "early"};
