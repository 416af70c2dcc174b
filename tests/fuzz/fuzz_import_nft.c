// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Rules of nft. Input: the text that would be read. */
#include "import_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *byte, size_t length)
{
	return check_import(import_parse_nft, import_ruleset_nft, byte, length);
}
