/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Random frames: of live flows, of new ones, of nobody, as they should be and damaged. */
#ifndef MUTATE_H
#define MUTATE_H

#include "model.h"

/* The same seed and the same model give the same frames. */
void mutate_seed(uint64_t seed);

/* The next frame. */
void mutate_frame(const struct model *m, struct wire *w);

#endif
