/* fmt.c - printf's small brother.
 *
 * Text goes out through one function, fmt_put, which counts every character and stores those that fit: so a text that
 * was cut still knows its whole length, and nothing else here looks at the buffer's size.
 */
#include "lib/fmt.h"

struct fmt_out {
	char *data;
	size_t bytes, length;
};

/* One conversion: %[-0][width][.precision][l|ll|z|h|hh]letter */
struct fmt_spec {
	bool left, zero;
	int width, precision; /* precision: -1 when not given */
	bool is_long;
};

/* A va_list that can be passed by reference on every machine. */
struct fmt_args {
	va_list list;
};

static void fmt_put(struct fmt_out *out, char c)
{
	if (out->length + 1 < out->bytes)
		out->data[out->length] = c;
	out->length++;
}

static void fmt_pad(struct fmt_out *out, char c, int count)
{
	while (count-- > 0)
		fmt_put(out, c);
}

/* SIGN (maybe empty) and LENGTH characters of TEXT, padded to the width; zeroes stand after the sign. */
static void fmt_field(struct fmt_out *out, const struct fmt_spec *spec, const char *sign, const char *text, int length)
{
	int pad = spec->width - length;

	for (const char *s = sign; *s; s++)
		pad--;
	if (!spec->left && !spec->zero)
		fmt_pad(out, ' ', pad);
	while (*sign)
		fmt_put(out, *sign++);
	if (!spec->left && spec->zero)
		fmt_pad(out, '0', pad);
	for (int i = 0; i < length; i++)
		fmt_put(out, text[i]);
	if (spec->left)
		fmt_pad(out, ' ', pad);
}

static void fmt_number(struct fmt_out *out, const struct fmt_spec *spec, const char *sign, u64 value, u32 base)
{
	char digits[20], *end = digits + sizeof(digits), *first = end;

	do {
		*--first = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	fmt_field(out, spec, sign, first, (int)(end - first));
}

static void fmt_string(struct fmt_out *out, struct fmt_spec *spec, const char *text)
{
	int length = 0;

	if (!text)
		text = "(null)";
	while (length != spec->precision && text[length])
		length++;
	spec->zero = false;
	fmt_field(out, spec, "", text, length);
}

static const char *fmt_parse_number(const char *format, int *number, struct fmt_args *args)
{
	if (*format == '*') {
		*number = va_arg(args->list, int);
		return format + 1;
	}
	for (*number = 0; *format >= '0' && *format <= '9'; format++)
		*number = *number * 10 + (*format - '0');
	return format;
}

/* FORMAT stands behind the '%'; the answer points at the conversion letter. */
static const char *fmt_parse(const char *format, struct fmt_spec *spec, struct fmt_args *args)
{
	*spec = (struct fmt_spec){ .precision = -1 };
	for (; *format == '-' || *format == '0'; format++) {
		spec->left |= *format == '-';
		spec->zero |= *format == '0';
	}
	format = fmt_parse_number(format, &spec->width, args);
	if (*format == '.')
		format = fmt_parse_number(format + 1, &spec->precision, args);
	for (; *format == 'l' || *format == 'z' || *format == 'h'; format++)
		spec->is_long |= *format != 'h';
	return format;
}

static s64 fmt_signed(const struct fmt_spec *spec, struct fmt_args *args)
{
	return spec->is_long ? va_arg(args->list, long) : va_arg(args->list, int);
}

static u64 fmt_unsigned(const struct fmt_spec *spec, struct fmt_args *args)
{
	return spec->is_long ? va_arg(args->list, unsigned long) : va_arg(args->list, unsigned int);
}

static void fmt_convert(struct fmt_out *out, char letter, struct fmt_spec *spec, struct fmt_args *args)
{
	s64 value;
	char c;

	switch (letter) {
	case 'd':
	case 'i':
		value = fmt_signed(spec, args);
		fmt_number(out, spec, value < 0 ? "-" : "", value < 0 ? -(u64)value : (u64)value, 10);
		break;
	case 'u':
		fmt_number(out, spec, "", fmt_unsigned(spec, args), 10);
		break;
	case 'x':
		fmt_number(out, spec, "", fmt_unsigned(spec, args), 16);
		break;
	case 'p':
		fmt_number(out, spec, "0x", (u64)va_arg(args->list, void *), 16);
		break;
	case 's':
		fmt_string(out, spec, va_arg(args->list, const char *));
		break;
	case 'c':
		c = (char)va_arg(args->list, int);
		spec->zero = false;
		fmt_field(out, spec, "", &c, 1);
		break;
	default: /* %% and what is not known: the letter itself */
		fmt_put(out, letter);
	}
}

size_t fmt_va(char *buffer, size_t bytes, const char *format, va_list list)
{
	struct fmt_out out = { buffer, bytes, 0 };
	struct fmt_spec spec;
	struct fmt_args args;

	va_copy(args.list, list);
	for (; *format; format++) {
		if (*format != '%') {
			fmt_put(&out, *format);
			continue;
		}
		format = fmt_parse(format + 1, &spec, &args);
		if (!*format)
			break;
		fmt_convert(&out, *format, &spec, &args);
	}
	va_end(args.list);
	if (bytes)
		buffer[min(out.length, bytes - 1)] = 0;
	return out.length;
}

size_t fmt(char *buffer, size_t bytes, const char *format, ...)
{
	size_t length;
	va_list args;

	va_start(args, format);
	length = fmt_va(buffer, bytes, format, args);
	va_end(args);
	return length;
}

void fmt_add(struct fmt_text *text, const char *format, ...)
{
	size_t room = text->bytes - text->length;
	va_list args;

	va_start(args, format);
	text->length += min(fmt_va(text->data + text->length, room, format, args), room ? room - 1 : 0);
	va_end(args);
}
