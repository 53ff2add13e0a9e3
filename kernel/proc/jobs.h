/* jobs.h - job control: what the terminal does to process groups. */
#pragma once

/* Start-up: fs/console.h learns of process groups. */
void jobs_init(void);
