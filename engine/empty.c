typedef int engine_empty;
