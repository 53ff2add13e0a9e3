/* list.h - doubly linked, circular, intrusive lists.
 *
 * A head is a node that belongs to no object. An unlinked node points at itself, so list_is_linked() is always
 * answerable and list_remove() of an unlinked node is harmless.
 *
 *     head <-> a <-> b <-> (head)
 */
#pragma once

#include "lib/types.h"

struct list {
	struct list *next, *prev;
};

#define LIST_INIT(name)          \
	{                        \
		&(name), &(name) \
	}

static inline void list_init(struct list *l)
{
	l->next = l->prev = l;
}

/* For a head: is anything in it? For a node: is it in a list? */
static inline bool list_is_empty(const struct list *l)
{
	return l->next == l;
}

static inline bool list_is_linked(const struct list *node)
{
	return node->next != node;
}

static inline void list_insert_before(struct list *at, struct list *node)
{
	node->next = at;
	node->prev = at->prev;
	at->prev->next = node;
	at->prev = node;
}

static inline void list_push_back(struct list *head, struct list *node)
{
	list_insert_before(head, node);
}

static inline void list_push_front(struct list *head, struct list *node)
{
	list_insert_before(head->next, node);
}

static inline void list_remove(struct list *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	list_init(node);
}

/* The first node, taken out; NULL when there is none. */
static inline struct list *list_pop_front(struct list *head)
{
	struct list *node = head->next;

	if (node == head)
		return NULL;
	list_remove(node);
	return node;
}

/* Move all of FROM to the back of TO. */
static inline void list_splice_back(struct list *to, struct list *from)
{
	if (list_is_empty(from))
		return;
	from->next->prev = to->prev;
	to->prev->next = from->next;
	from->prev->next = to;
	to->prev = from->prev;
	list_init(from);
}

#define list_entry(node, type, member) container_of(node, type, member)

#define list_for_each(var, head, member)                                                       \
	for (var = list_entry((head)->next, __typeof__(*var), member); &var->member != (head); \
	     var = list_entry(var->member.next, __typeof__(*var), member))

/* NEXT holds the following element, so VAR may be taken out of the list in the body. */
#define list_for_each_safe(var, next_, head, member)                        \
	for (var = list_entry((head)->next, __typeof__(*var), member),      \
	    next_ = list_entry(var->member.next, __typeof__(*var), member); \
	     &var->member != (head); var = next_, next_ = list_entry(var->member.next, __typeof__(*var), member))
