/* SPDX-License-Identifier: Apache-2.0 */
/* Units: UN/CEFACT codes, and those of the profile. */
#include "lint_priv.h"

#include <stdio.h>
#include <string.h>

/* What people write for a code. */
static const struct {
	const char *symbol, *code;
} symbols[] = {
	{"%", "P1"},
	{"percent", "P1"},
	{"°C", "CEL"},
	{"ºC", "CEL"},
	{"C", "CEL"},
	{"Cel", "CEL"},
	{"celsius", "CEL"},
	{"°F", "FAH"},
	{"km/h", "KMH"},
	{"kmh", "KMH"},
	{"m/s", "MTS"},
	{"m", "MTR"},
	{"meter", "MTR"},
	{"cm", "CMT"},
	{"mm", "MMT"},
	{"km", "KMT"},
	{"dB", "2N"},
	{"dBA", "2N"},
	{"dB(A)", "2N"},
	{"hPa", "A97"},
	{"mbar", "MBR"},
	{"Pa", "PAL"},
	{"V", "VLT"},
	{"A", "AMP"},
	{"mA", "4K"},
	{"W", "WTT"},
	{"kW", "KWT"},
	{"kWh", "KWH"},
	{"Wh", "WHR"},
	{"lx", "LUX"},
	{"lux", "LUX"},
	{"kg", "KGM"},
	{"t", "TNE"},
	{"l", "LTR"},
	{"L", "LTR"},
	{"m3", "MTQ"},
	{"m³", "MTQ"},
	{"m3/s", "MQS"},
	{"m³/s", "MQS"},
	{"m2", "MTK"},
	{"m²", "MTK"},
	{"s", "SEC"},
	{"ppm", "59"},
	{"°", "DD"},
	{"deg", "DD"},
	{"degrees", "DD"},
	{"µg/m3", "GQ"},
	{"µg/m³", "GQ"},
	{"ug/m3", "GQ"},
	{"W/m2", "D54"},
	{"W/m²", "D54"},
};

/* to = from * factor + offset */
static const struct {
	const char *from, *to;
	double factor, offset;
} conversions[] = {
	{"P1", "C62", 0.01, 0},
	{"C62", "P1", 100, 0},
	{"KMH", "MTS", 1 / 3.6, 0},
	{"MTS", "KMH", 3.6, 0},
	{"FAH", "CEL", 5.0 / 9, -160.0 / 9},
	{"KEL", "CEL", 1, -273.15},
	{"CMT", "MTR", 0.01, 0},
	{"MMT", "MTR", 0.001, 0},
	{"MTR", "CMT", 100, 0},
	{"KMT", "MTR", 1000, 0},
	{"PAL", "A97", 0.01, 0},
	{"MBR", "A97", 1, 0},
	{"KPA", "A97", 10, 0},
	{"KWT", "WTT", 1000, 0},
	{"WHR", "KWH", 0.001, 0},
	{"MWH", "KWH", 1000, 0},
	{"4K", "AMP", 0.001, 0},
	{"TNE", "KGM", 1000, 0},
	{"GRM", "KGM", 0.001, 0},
	{"MTQ", "LTR", 1000, 0},
	{"MIN", "SEC", 60, 0},
	{"GP", "GQ", 1000, 0},
};

static const char *code_of(const char *symbol)
{
	for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++)
		if (strcmp(symbols[i].symbol, symbol) == 0)
			return symbols[i].code;
	return symbol;
}

static bool is_one_of(const struct profile_attr *attr, const char *code, size_t len)
{
	for (size_t i = 0; i < attr->units_len; i++)
		if (strlen(attr->units[i]) == len &&
			memcmp(attr->units[i], code, len) == 0)
			return true;
	return attr->units_len == 0;
}

static struct jn *convert(
	const char *from, const char *to, const struct jn *v, struct arena *a)
{
	if (!jn_is(v, JN_NUMBER))
		return NULL;
	for (size_t i = 0; i < sizeof(conversions) / sizeof(conversions[0]); i++)
		if (strcmp(conversions[i].from, from) == 0 &&
			strcmp(conversions[i].to, to) == 0)
			return lint_number(a,
				jn_number(v) * conversions[i].factor +
					conversions[i].offset);
	return NULL;
}

static void mend_unit(struct run *r, const struct spot *s, struct finding *f,
	const char *code, struct jn *converted)
{
	const char *unit = s->attr->units[0];

	if (converted != NULL) {
		f->mend = arena_printf(r->a, "send %s with unitCode %s (or none)",
			lint_text(r, converted), unit);
	} else if (is_one_of(s->attr, code, strlen(code))) {
		f->mend = arena_printf(r->a, "send unitCode %s", code);
		unit = code;
	} else {
		f->mend = arena_printf(r->a,
			"convert the value to %s, or correct the unitCode if the value "
			"is "
			"in it already",
			unit);
		return;
	}
	f->fix.kind = FIX_UNIT;
	f->fix.node = s->instance;
	f->fix.text = unit;
	f->fix.value = converted;
}

static void check_code(struct run *r, const struct spot *s)
{
	const char *text = jn_str(s->unit, r->a), *code = code_of(text);
	struct jn *converted = convert(code, s->attr->units[0], s->value, r->a);
	struct finding *f;

	/* 0.57 in per cent is what nobody means. */
	if (s->attr->fraction && strcmp(code, "P1") == 0 && jn_number(s->value) <= 1 &&
		jn_number(s->value) >= 0)
		converted = NULL;
	f = lint_add(r,
		s->attr->fraction && converted != NULL ? LINT_PERCENT_FOR_FRACTION
						       : LINT_WRONG_UNIT,
		s, s->attr->fraction && converted != NULL ? "/value" : "/unitCode",
		s->attr->fraction && converted != NULL ? s->value : s->unit);
	if (s->attr->fraction && converted != NULL) {
		f->why = arena_printf(r->a,
			"%s is a fraction, from 0 to 1; the unit says per cent",
			s->attr->name);
	} else if (code != text) {
		f->why = arena_printf(r->a,
			"a unitCode is a UN/CEFACT code; '%s' is written %s", text, code);
	} else {
		f->why = arena_printf(r->a, "%s is in %s%s", s->attr->name,
			s->attr->units[0],
			strcmp(s->attr->units[0], "C62") == 0 ? " (a plain number)" : "");
	}
	if (s->attr->fraction && strcmp(code, "P1") == 0 && converted == NULL) {
		f->mend = "send unitCode C62 (or none)";
		f->fix.kind = FIX_UNIT;
		f->fix.node = s->instance;
		f->fix.text = "C62";
		return;
	}
	mend_unit(r, s, f, code, converted);
}

void lint_unit(struct run *r, const struct spot *s)
{
	if (!jn_is(s->unit, JN_STRING) || text_is_null(s->unit) ||
		s->attr->units_len == 0 ||
		is_one_of(s->attr, s->unit->text, s->unit->len))
		return;
	check_code(r, s);
}
