typedef int gateway_core_empty;
