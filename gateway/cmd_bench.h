/* cmd_bench.h - `penstock bench`: how fast the engine runs a model here. */
#ifndef PENSTOCK_CMD_BENCH_H
#define PENSTOCK_CMD_BENCH_H

/* argv[0] is "bench". Returns the exit code: 0 done, 1 could not, 2 usage. */
int cmd_bench(int argc, char **argv);

#endif
