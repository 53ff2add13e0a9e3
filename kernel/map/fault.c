/* fault.c - making a touched page present.
 *
 *     what the area says     page there?      read                   write
 *     anonymous              no               a page of zeroes       the same
 *     private file           no               the cache's page, r/o  a copy of it
 *     shared file            no               the cache's page       the cache's page
 *     private, any           yes, not ours    -                      a copy of it (copy on write)
 *
 * One attempt (fault_try) runs under the space's lock and never waits. If it needs a page of a file that is not in
 * memory, or memory itself, it lets go of the lock, that is awaited, and the attempt is made again from the start:
 * meanwhile another thread may have unmapped the area, or put the page there.
 */
#include "kernel/abi/errno.h"
#include "kernel/fs/file.h"
#include "kernel/fs/file_page.h"
#include "kernel/fs/inode.h"
#include "kernel/mm/limbo.h"
#include "kernel/cache/limbo_wait.h"
#include "kernel/space/pagetable.h"
#include "kernel/map/map.h"

/* A page of a file: what one attempt found missing, and what was brought for the next one. */
struct fault_page {
	struct file *file; /* referenced */
	u64 index;
	struct page *page; /* referenced; NULL: missing */
};

enum { FAULT_NEEDS_PAGE = 1 };
enum { TRIES = 16 }; /* to get memory */

static bool allowed(const struct area *area, u32 access)
{
	/* RISC-V has no writable page that cannot be read */
	return access == PROT_READ ? area->prot & (PROT_READ | PROT_WRITE) : area->prot & access;
}

static u64 entry_for(struct page *page, u32 prot, bool writable)
{
	u64 flags = PTE_V | PTE_U | PTE_A | PTE_D;

	if (prot & (PROT_READ | PROT_WRITE))
		flags |= PTE_R;
	if (prot & PROT_EXEC)
		flags |= PTE_X;
	if ((prot & PROT_WRITE) && writable)
		flags |= PTE_W;
	return pte_make(page_to_phys(page), flags);
}

static void install(struct space *space, u64 *entry, u64 value)
{
	if (value & PTE_X)
		tlb_code_changed(space);
	/* release: a walk without the lock that sees the entry sees the page's bytes */
	store_release(entry, value);
}

/* A write to a page that is mapped without W: take it over, or copy it. */
static long break_cow(struct space *space, struct area *area, u64 *entry, u64 address)
{
	struct page *old = phys_to_page(pte_phys(*entry)), *copy;

	address = ALIGN_DOWN(address, PAGE_SIZE);
	/* owner: a page of a cache; the cache's own reference keeps refs above 1 anyway, but not while it is dropped */
	if ((area->flags & AREA_SHARED) || (load_acquire(&old->refs) == 1 && !old->owner)) {
		install(space, entry, *entry | PTE_W);
		/* others that still hold it without W fault once more, and come to the end of fault_locked */
		tlb_flush_own(space, address);
		return 0;
	}
	copy = page_alloc_user();
	if (!copy)
		return -ENOMEM;
	copy->owner = NULL;
	page_copy(page_to_virt(copy), page_to_virt(old));
	space->copies++;
	install(space, entry, entry_for(copy, area->prot, true));
	tlb_flush(space, address, address);
	limbo_put(old);
	return 0;
}

static long map_anonymous(struct space *space, struct area *area, u64 *entry)
{
	struct page *page = page_alloc_user();

	if (!page)
		return -ENOMEM;
	page_zero(page_to_virt(page));
	page->owner = NULL;
	install(space, entry, entry_for(page, area->prot, true));
	space->pages++;
	return 0;
}

/* PAGE of the area's file, or a copy of it. *KEPT: the table has taken the reference on PAGE. */
static long map_page(struct space *space, struct area *area, u64 *entry, u32 access, struct page *page, bool *kept)
{
	bool shared = area->flags & AREA_SHARED;
	struct page *copy;

	*kept = shared || access != PROT_WRITE;
	if (*kept) {
		install(space, entry, entry_for(page, area->prot, shared && access == PROT_WRITE));
	} else {
		copy = page_alloc_user();
		if (!copy)
			return -ENOMEM;
		copy->owner = NULL;
		page_copy(page_to_virt(copy), page_to_virt(page));
		install(space, entry, entry_for(copy, area->prot, true));
	}
	space->pages++;
	return 0;
}

static bool has_cache(const struct file *file)
{
	return file->ops->map == page_file_map;
}

/* Page number INDEX of FILE if it is in its page cache, referenced; NULL: it must be asked for. */
static struct page *cached_page(const struct file *file, u64 index)
{
	struct inode *inode = file->inode;

	if (!has_cache(file) || index >= ALIGN_UP(load_relaxed(&inode->size), PAGE_SIZE) >> PAGE_SHIFT)
		return NULL;
	return page_cache_peek(&inode->cache, index);
}

static long map_file(struct space *space, struct area *area, u64 *entry, u32 access, u64 index,
		     struct fault_page *brought, struct fault_page *missing)
{
	/* A page of a cache is looked up again although it was brought: a truncate may have dropped it meanwhile.
	 * Reclaim has not, since we hold a reference. */
	bool is_ours = brought->page && brought->file == area->file && brought->index == index &&
		       !has_cache(area->file);
	struct page *page = is_ours ? brought->page : cached_page(area->file, index);
	bool kept;
	long err;

	if (!page) {
		if (missing) {
			file_get(area->file);
			*missing = (struct fault_page){ area->file, index, NULL };
		}
		return FAULT_NEEDS_PAGE;
	}
	err = map_page(space, area, entry, access, page, &kept);
	if (is_ours && kept)
		brought->page = NULL;
	if (!is_ours && !kept)
		page_put(page);
	return err;
}

/* The stack reaches down to a touch below it, up to its limit and one page short of its neighbour. */
static bool grow_stack(struct space *space, struct area *area, u64 address)
{
	struct rb_node *below = rb_prev(&area->node);
	u64 start = ALIGN_DOWN(address, PAGE_SIZE);

	if (!(area->flags & AREA_GROWS_DOWN) || area->end - start > space->stack_limit)
		return false;
	if (below && rb_entry(below, struct area, node)->end + PAGE_SIZE > start)
		return false;
	area->start = start;
	return true;
}

static long fault_locked(struct space *space, u64 address, u32 access, struct fault_page *brought,
			 struct fault_page *missing)
{
	struct area *area = area_find(space, address);
	u64 *entry;

	if (!area || (area->flags & AREA_AWAY) || (address < area->start && !grow_stack(space, area, address)))
		return -EFAULT;
	if (!allowed(area, access))
		return -EACCES;
	entry = pt_leaf_make(space, address);
	if (!entry)
		return -ENOMEM;
	if (!(*entry & (PTE_V | PTE_HIDDEN)))
		return area->file ? map_file(space, area, entry, access,
					     (area->offset + address - area->start) >> PAGE_SHIFT, brought, missing)
				  : map_anonymous(space, area, entry);
	if (access == PROT_WRITE && !(*entry & PTE_W))
		return break_cow(space, area, entry, address);
	/* Another thread was faster, or this hart's TLB is behind. */
	tlb_flush_own(space, ALIGN_DOWN(address, PAGE_SIZE));
	return 0;
}

/* BROUGHT may be what the last attempt found MISSING, which is referenced then; MISSING may be NULL. */
static long fault_try(struct space *space, u64 address, u32 access, struct fault_page *brought,
		      struct fault_page *missing)
{
	long err;

	spin_lock(&space->lock);
	err = fault_locked(space, address, access, brought, missing);
	spin_unlock(&space->lock);
	return err;
}

/* Not under the lock: it may be the last use of the file. */
static void fault_page_put(struct fault_page *page)
{
	if (page->page)
		page_put(page->page);
	if (page->file)
		file_put(page->file);
}

struct space_fault {
	struct co co;
	struct space *space;
	u64 address;
	struct fault_page brought;
	u32 access, tries;
	bool read; /* a page from a device */
};

/* A page of FILE is brought: from a device, or is it made in memory? */
static bool is_read(const struct file *file)
{
	return has_cache(file) && !file->inode->cache.keep;
}

CO_STEP(space_fault)
{
	CO_FRAME(space_fault);
	struct fault_page missing;
	long err;

	CO_BEGIN;
	for (;;) {
		err = fault_try(f->space, f->address, f->access, &f->brought, &missing);
		if (err == FAULT_NEEDS_PAGE) {
			fault_page_put(&f->brought);
			f->brought = missing;
			f->read |= is_read(missing.file);
			AWAIT(err, missing.file->ops->map(co, missing.file, missing.index, &f->brought.page));
		} else if (err == -ENOMEM && f->tries++ < TRIES) {
			AWAIT(err, limbo_wait(co));
		} else {
			break;
		}
		if (err)
			break;
	}
	fault_page_put(&f->brought);
	CO_RETURN(!err && f->read ? SPACE_FAULT_MAJOR : err);
	CO_END;
}

long space_fault(struct co *caller, struct space *space, u64 address, u32 access)
{
	struct fault_page none = { 0 };
	long err;

	if (address >= USER_MAX)
		return -EFAULT;
	err = fault_try(space, address, access, &none, NULL);
	if (likely(err != FAULT_NEEDS_PAGE && err != -ENOMEM))
		return err;
	return CO_CALL(space_fault, caller, .space = space, .address = address, .access = access);
}
