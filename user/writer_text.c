// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "writer.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"
#include "visible.h"

#define MAX_COLUMNS 16

enum node_kind {
	NODE_OBJECT,
	NODE_LIST,
	NODE_STRING,
	NODE_NUMBER,
};

/* What was written, kept until widths are known. */
struct node {
	enum node_kind kind;
	char *key;  /* "" where there is none */
	char *text; /* of a string or number */
	struct node *first;
	struct node *last;
	struct node *next;
};

struct text_writer {
	struct writer w;
	FILE *out;
	struct node *root;
	struct node *open[WRITER_DEPTH];
	size_t depth;
	int err;
};

static void free_node(struct node *node)
{
	struct node *child, *next;

	if (!node)
		return;
	for (child = node->first; child; child = next) {
		next = child->next;
		free_node(child);
	}
	free(node->key);
	free(node->text);
	free(node);
}

/* A copy that cannot steer a terminal. */
static char *visible_copy(const char *text)
{
	char *copy = strdup(text ? text : "");

	if (copy)
		visible_make(copy);
	return copy;
}

static struct node *add(struct text_writer *t, const char *key, const char *text,
			enum node_kind kind)
{
	struct node *into = t->depth ? t->open[t->depth - 1] : NULL;
	struct node *node;

	if (t->err)
		return NULL;
	node = calloc(1, sizeof(*node));
	if (node) {
		node->kind = kind;
		node->key = visible_copy(key);
		node->text = visible_copy(text);
	}
	if (!node || !node->key || !node->text || (!into && t->root)) {
		free_node(node);
		t->err = -ENOMEM;
		return NULL;
	}
	if (!into)
		t->root = node;
	else if (into->last)
		into->last->next = node;
	else
		into->first = node;
	if (into)
		into->last = node;
	return node;
}

static void text_open(struct writer *w, const char *key, enum writer_kind kind)
{
	struct text_writer *t = (struct text_writer *)w;

	assert(t->depth < WRITER_DEPTH);
	t->open[t->depth] = add(t, key, NULL, kind == WRITER_LIST ? NODE_LIST : NODE_OBJECT);
	t->depth++;
}

static void text_close(struct writer *w)
{
	struct text_writer *t = (struct text_writer *)w;

	assert(t->depth);
	t->depth--;
}

static void text_string(struct writer *w, const char *key, const char *value)
{
	(void)add((struct text_writer *)w, key, value, NODE_STRING);
}

static void text_number(struct writer *w, const char *key, __u64 value)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	(void)add((struct text_writer *)w, key, text, NODE_NUMBER);
}

static void text_quantity(struct writer *w, const char *key, __u64 value, const char *shown)
{
	(void)value;
	(void)add((struct text_writer *)w, key, shown, NODE_NUMBER);
}

static bool all_objects(const struct node *node)
{
	const struct node *child;

	for (child = node->first; child; child = child->next)
		if (child->kind != NODE_OBJECT)
			return false;
	return node->first;
}

struct table {
	const struct node *rows;
	bool keyed; /* the rows' own keys are the first column */
	size_t columns;
	int width[MAX_COLUMNS];
};

/* The node in a column of a row, NULL: the row's own key is what stands there. */
static const struct node *cell(const struct table *table, const struct node *row, size_t column)
{
	const struct node *child = row->first;

	if (table->keyed && column-- == 0)
		return NULL;
	while (child && column--)
		child = child->next;
	return child;
}

static const char *cell_text(const struct table *table, const struct node *row, size_t column)
{
	const struct node *node = cell(table, row, column);

	if (table->keyed && column == 0)
		return row->key;
	return node ? node->text : "";
}

/* The title of a column, in capitals; valid until the next call with the same @buf. */
static const char *title(const struct table *table, size_t column, char *buf, size_t size)
{
	const struct node *node = cell(table, table->rows->first, column);
	size_t i;

	snprintf(buf, size, "%s",
		 table->keyed && column == 0 ? table->rows->key :
		 node			     ? node->key :
					       "");
	for (i = 0; buf[i]; i++)
		buf[i] = (char)toupper((unsigned char)buf[i]);
	return buf;
}

static void measure(struct table *table)
{
	const struct node *row, *child;
	size_t i;
	char buf[64];
	int length;

	table->columns = table->keyed;
	for (child = table->rows->first->first; child; child = child->next)
		table->columns++;
	if (table->columns > MAX_COLUMNS)
		table->columns = MAX_COLUMNS;
	for (i = 0; i < table->columns; i++) {
		table->width[i] = (int)strlen(title(table, i, buf, sizeof(buf)));
		for (row = table->rows->first; row; row = row->next) {
			length = (int)strlen(cell_text(table, row, i));
			if (length > table->width[i])
				table->width[i] = length;
		}
	}
}

/* @row NULL: the titles. */
static void print_row(FILE *out, const struct table *table, const struct node *row)
{
	const struct node *sample = row ? row : table->rows->first;
	char buf[64];
	size_t i;

	for (i = 0; i < table->columns; i++) {
		const struct node *node = cell(table, sample, i);
		bool right = node && node->kind == NODE_NUMBER;
		bool last = i + 1 == table->columns;
		int width = right ? table->width[i] : last ? 0 : -table->width[i];

		fprintf(out, "%*s%s", width,
			row ? cell_text(table, row, i) : title(table, i, buf, sizeof(buf)),
			last ? "\n" : "  ");
	}
}

/* @indent is where every line but the first begins. */
static void print_table(FILE *out, const struct node *rows, bool keyed, int indent)
{
	struct table table = { .rows = rows, .keyed = keyed };
	const struct node *row;

	measure(&table);
	print_row(out, &table, NULL);
	for (row = rows->first; row; row = row->next) {
		fprintf(out, "%*s", indent, "");
		print_row(out, &table, row);
	}
}

/* What stands right of a key; @indent is where. */
static void print_value(FILE *out, const struct node *node, int indent)
{
	const struct node *child;

	if (node->kind == NODE_STRING || node->kind == NODE_NUMBER) {
		fprintf(out, "%s\n", node->text);
	} else if (!node->first) {
		fputs("none\n", out);
	} else if (all_objects(node)) {
		print_table(out, node, node->kind == NODE_OBJECT, indent);
	} else if (node->kind == NODE_LIST) {
		for (child = node->first; child; child = child->next)
			fprintf(out, "%*s%s\n", child == node->first ? 0 : indent, "", child->text);
	} else {
		for (child = node->first; child; child = child->next)
			fprintf(out, "%s %s%s", child->key, child->text, child->next ? ", " : "\n");
	}
}

static void print_root(FILE *out, const struct node *root)
{
	const struct node *child;
	int width = 0;

	if (!root || !root->first)
		return;
	if (root->kind == NODE_LIST || all_objects(root)) {
		print_value(out, root, 0);
		return;
	}
	for (child = root->first; child; child = child->next)
		if ((int)strlen(child->key) > width)
			width = (int)strlen(child->key);
	for (child = root->first; child; child = child->next) {
		if (width)
			fprintf(out, "%-*s", width + 2, child->key);
		print_value(out, child, width + 2);
	}
}

static int text_finish(struct writer *w)
{
	struct text_writer *t = (struct text_writer *)w;
	int err = t->err;

	if (!err) {
		errno = 0;
		print_root(t->out, t->root);
		if (fflush(t->out) || ferror(t->out))
			err = errno ? -errno : -EIO;
	}
	free_node(t->root);
	free(t);
	return err;
}

static const struct writer_ops text_ops = {
	.open = text_open,
	.close = text_close,
	.string = text_string,
	.number = text_number,
	.quantity = text_quantity,
	.note = text_string,
	.finish = text_finish,
};

struct writer *writer_text(FILE *out)
{
	struct text_writer *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->w.ops = &text_ops;
	t->out = out;
	return &t->w;
}
