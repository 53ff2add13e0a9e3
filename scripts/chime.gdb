# chime.gdb - `make gdb`: attach to the machine of `make run GDB=1`.
set pagination off
set confirm off
set architecture riscv:rv64
target remote :1234
source scripts/chime_gdb.py
hbreak panic
echo Commands of Chime: tasks, chain TASK, harts. Then: continue, bt, info threads.\n
