/* SPDX-License-Identifier: Apache-2.0 */
#include <suite.h>

#include <base/arena.h>
#include <base/err.h>
#include <base/strbuf.h>
#include <table/mapping.h>
#include <table/rows.h>
#include <table/zone.h>

#include <string.h>

#define BASE "'type':'T','id':'urn:x:{c}'"

/* JSON with ' for ". */
static char *quoted(struct arena *a, const char *text)
{
	char *out = arena_strdup(a, text);

	for (char *p = out; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	return out;
}

static struct mapping *compile(struct arena *a, const char *text, struct err *err)
{
	struct jn *source;
	char *json = quoted(a, text);

	ck_assert_int_eq(jn_parse(json, strlen(json), JN_LIMITS, a, &source, err), 0);
	return mapping_new(source, a, err);
}

/* The entities of a file, or what is wrong, a line each, with ' for ". */
static void run(const char *mapping, const char *text, bool geojson, struct strbuf *out)
{
	auto_arena a = {0};
	struct err err = {0};
	struct mapping *m = compile(&a, mapping, &err);
	struct zone *zone = zone_open("Europe/Paris", &err);
	struct one_row row;
	struct rows rows;
	int rc;

	ck_assert_msg(m != NULL, "%s", err.detail);
	if (rows_open(&rows, geojson, text, strlen(text), m, &a, &err) < 0)
		strbuf_addf(out, "! %s\n", err.detail);
	for (rc = err.kind == ERR_NONE; rc != 0;) {
		struct row_problem *p = NULL;
		struct jn *entity = NULL;

		err = (struct err){0};
		rc = rows_next(&rows, &a, &row, &err);
		row.source.zone = zone;
		if (rc == 1)
			entity = mapping_row(m, &row.source, &a, &p);
		if (rc < 0)
			strbuf_addf(out, "%zu! %s\n", row.line, err.detail);
		if (entity != NULL) {
			jn_write(out, entity);
			strbuf_addc(out, '\n');
		}
		for (; p != NULL; p = p->next)
			strbuf_addf(out, "%zu! %s '%s': %s; %s\n", row.line, p->column,
				p->value, p->why, p->mend);
	}
	for (char *p = out->data; p != NULL && *p != '\0'; p++)
		if (*p == '"')
			*p = '\'';
	zone_close(zone);
}

static const struct {
	const char *mapping, *csv, *result;
} files[] = {
	{"{" BASE ",'attributes':{'n':'v'}}", "c,v\n1, x \n2,\n",
		"{'id':'urn:x:1','type':'T','n':{'type':'Property','value':'x'}}\n"
		"{'id':'urn:x:2','type':'T'}\n"},
	{"{" BASE ",'decimal':',','attributes':{'n':{'column':'v','value':'number',"
	 "'unitCode':'C62'}}}",
		"c;v\n1;1 234,50\n2;007\n3;-,5\n",
		"{'id':'urn:x:1','type':'T','n':{'type':'Property','value':1234.50,'"
		"unitCode':"
		"'C62'}}\n"
		"{'id':'urn:x:2','type':'T','n':{'type':'Property','value':7,'unitCode':'"
		"C62'}}"
		"\n"
		"{'id':'urn:x:3','type':'T','n':{'type':'Property','value':-0.5,'"
		"unitCode':"
		"'C62'}}\n"},
	{"{" BASE ",'attributes':{'n':{'column':'v','value':'number','scale':0.01}}}",
		"c,v\n1,57\n2,x\n",
		"{'id':'urn:x:1','type':'T','n':{'type':'Property','value':0.57}}\n"
		"3! v 'x': no number; write digits alone; words for nothing go into "
		"'empty' of "
		"the mapping\n"},
	{"{" BASE ",'empty':['NC'],'attributes':{'n':{'column':'v','value':'integer'}}}",
		"c,v\n1,NC\n2,1.5\n,1\n",
		"{'id':'urn:x:1','type':'T'}\n"
		"3! v '1.5': no whole number; say 'value': 'number' in the mapping\n"
		"4! c '': empty, and the id needs it; fill in the cell\n"},
	{"{" BASE ",'attributes':{'n':{'column':'v','value':'boolean'},'w':{'column':'w',"
	 "'words':{'HS':'broken','OK':1}}}}",
		"c,v,w\n1,Oui,HS\n2,0,OK\n3,peut-être,xx\n",
		"{'id':'urn:x:1','type':'T','n':{'type':'Property','value':true},'w':{'"
		"type':"
		"'Property','value':'broken'}}\n"
		"{'id':'urn:x:2','type':'T','n':{'type':'Property','value':false},'w':{'"
		"type':"
		"'Property','value':1}}\n"
		"4! v 'peut-être': neither true nor false; write oui or non, true or "
		"false, 1 "
		"or 0; or say 'words' in the mapping\n"
		"4! w 'xx': not one of the words that the mapping knows: HS, OK; write "
		"one of "
		"them, or add it to 'words'\n"},
	{"{" BASE
	 ",'observedAt':'d','attributes':{'n':{'column':'v','value':'number'},'m':{"
	 "'constant':[1],'observedAt':false}}}",
		"c,v,d\n1,1,15/07/2026 "
		"14:00\n2,1,2026-01-15T12:00:00+02:00\n3,1,2026-01-15\n"
		"4,1,15/01/26\n",
		"{'id':'urn:x:1','type':'T','n':{'type':'Property','value':1,'observedAt'"
		":"
		"'2026-07-15T12:00:00Z'},'m':{'type':'Property','value':[1]}}\n"
		"{'id':'urn:x:2','type':'T','n':{'type':'Property','value':1,'observedAt'"
		":"
		"'2026-01-15T10:00:00Z'},'m':{'type':'Property','value':[1]}}\n"
		"{'id':'urn:x:3','type':'T','n':{'type':'Property','value':1,'observedAt'"
		":"
		"'2026-01-14T23:00:00Z'},'m':{'type':'Property','value':[1]}}\n"
		"5! d '15/01/26': no instant; write 2026-11-28T18:39:03Z or 28/11/2026 "
		"18:39, "
		"or say its 'format' in the mapping\n"},
	{"{" BASE ",'observedAt':{'column':['d','h'],'format':'dd/MM/yy HH:mm'},"
	 "'attributes':{'n':'v'}}",
		"c,v,d,h\n1,x,15/01/26,8:05\n2,x,32/01/26,08:05\n3,x,,\n",
		"{'id':'urn:x:1','type':'T','n':{'type':'Property','value':'x','"
		"observedAt':"
		"'2026-01-15T07:05:00Z'}}\n"
		"3! d '32/01/26': no instant of the format dd/MM/yy HH:mm; write it so, "
		"or say "
		"another 'format' in the mapping\n"
		"{'id':'urn:x:3','type':'T','n':{'type':'Property','value':'x'}}\n"},
	{"{" BASE ",'crs':'EPSG:2154','decimal':',','attributes':{'l':{'longitude':'x',"
	 "'latitude':'y'}}}",
		"c;x;y\n1;892390,7;6247036,1\n2;;\n3;892390,7;\n4;6247036,1;892390,7\n",
		"{'id':'urn:x:1','type':'T','l':{'type':'GeoProperty','value':{'type':'"
		"Point',"
		"'coordinates':[5.3698062,43.2965075]}}}\n"
		"{'id':'urn:x:2','type':'T'}\n"
		"4! y '': one coordinate is missing; fill in both coordinates, or none\n"
		"5! x '6247036,1': a place outside of the area of EPSG:2154; check that "
		"x and y "
		"are not exchanged, and 'crs' in the mapping\n"},
	{"{" BASE ",'attributes':{'l':{'wkt':'g'},'p':{'point':'p'}}}",
		"c;g;p\n1;POINT (5 43);43.5, 5.25\n"
		"2;SRID=2154;x\n"
		"3;\"SRID=2154;POINT(892390.7 6247036.1)\";\n"
		"4;MULTIPOINT((5 43),(6 44));\n5;POLYGON Z((5 43 1,6 43 1,6 44 1,5 43 "
		"1));\n",
		"{'id':'urn:x:1','type':'T','l':{'type':'GeoProperty','value':{'type':'"
		"Point',"
		"'coordinates':[5,43]}},'p':{'type':'GeoProperty','value':{'type':'Point'"
		","
		"'coordinates':[5.25,43.5]}}}\n"
		"3! g 'SRID=2154': no geometry in WKT (a point, line or polygon, or "
		"several); "
		"write POINT (5.3698 43.2965)\n"
		"3! p 'x': no latitude and longitude; write 43.2965, 5.3698\n"
		"{'id':'urn:x:3','type':'T','l':{'type':'GeoProperty','value':{'type':'"
		"Point',"
		"'coordinates':[5.3698062,43.2965075]}}}\n"
		"{'id':'urn:x:4','type':'T','l':{'type':'GeoProperty','value':{'type':"
		"'MultiPoint','coordinates':[[5,43],[6,44]]}}}\n"
		"{'id':'urn:x:5','type':'T','l':{'type':'GeoProperty','value':{'type':"
		"'Polygon','coordinates':[[[5,43],[6,43],[6,44],[5,43]]]}}}\n"},
	{"{" BASE ",'scope':'/Marseille/{q}','attributes':{'r':{'object':"
	 "'urn:ngsi-ld:Device:{d}'},'n':{'languages':{'fr':'f','en':'e'}},'t':{'text':"
	 "'{f} ({q})','datasetId':'urn:d:{d}','attributes':{'by':'e'}}}}",
		"c,q,d,f,e\n1,Le Panier,a b,Benne,bin\n2,,,,\n",
		"{'id':'urn:x:1','type':'T','scope':['/Marseille/"
		"Le','Panier'],'r':{'type':"
		"'Relationship','object':'urn:ngsi-ld:Device:a%20b'},'n':{'type':"
		"'LanguageProperty','languageMap':{'fr':'Benne','en':'bin'}},'t':{'type':"
		"'Property','value':'Benne (Le "
		"Panier)','datasetId':'urn:d:a%20b','by':{'type':"
		"'Property','value':'bin'}}}\n"
		"{'id':'urn:x:2','type':'T'}\n"},
	{"{'type':'{t}','id':'{i}','attributes':{'a':{'column':'a','value':'auto'}}}",
		"i,t,a\nurn:x:1,T U,1.50\nurn:x:2,T,VRAI\nurn:x:3,T,\"[1, "
		"2]\"\nurn:x:4,T,'=1\n"
		"urn:x:5,T,28/11/2026 18:39:03\nurn:x:6,T,+33\nno,T,1\n",
		"{'id':'urn:x:1','type':['T','U'],'a':{'type':'Property','value':1.50}}\n"
		"{'id':'urn:x:2','type':'T','a':{'type':'Property','value':true}}\n"
		"{'id':'urn:x:3','type':'T','a':{'type':'Property','value':[1,2]}}\n"
		"{'id':'urn:x:4','type':'T','a':{'type':'Property','value':'=1'}}\n"
		"{'id':'urn:x:5','type':'T','a':{'type':'Property','value':"
		"'2026-11-28T17:39:03Z'}}\n"
		"{'id':'urn:x:6','type':'T','a':{'type':'Property','value':'+33'}}\n"
		"8! i 'no': the id would be 'no', which is no URI; let 'id' of the "
		"mapping "
		"begin with urn:ngsi-ld:<type>:\n"},
	{"{" BASE
	 ",'attributes':{'a':[{'column':'m','value':'number'},{'column':'h','value':"
	 "'number','datasetId':'urn:d:hand'}],'k':{'column':'k','list':'|'}}}",
		"c,m,h,k\n1,1,2,x | y\n2,,3,|\n",
		"{'id':'urn:x:1','type':'T','a':[{'type':'Property','value':1},{'type':"
		"'Property','value':2,'datasetId':'urn:d:hand'}],'k':{'type':'Property','"
		"value':"
		"['x','y']}}\n"
		"{'id':'urn:x:2','type':'T','a':{'type':'Property','value':3,'datasetId':"
		"'urn:d:hand'}}\n"},
	{"{" BASE ",'attributes':{'n':'v'}}", "c,w\n1,2\n",
		"! the mapping reads a column 'v', which the file has not; it has: c, "
		"w\n"},
	{"{" BASE ",'attributes':{'n':'v'}}", "c,v,v\n1,2,3\n",
		"! two columns of the file are called 'v', which the mapping reads; give "
		"them "
		"names of their own\n"},
	{"{" BASE ",'attributes':{'n':'v'}}", "c,v\n1\n2,a,\n3,a,b\n",
		"2! 1 cells, where the header has 2; a separator ',' inside of a cell "
		"needs "
		"quotes around the cell\n"
		"{'id':'urn:x:2','type':'T','n':{'type':'Property','value':'a'}}\n"
		"4! 3 cells, where the header has 2; a separator ',' inside of a cell "
		"needs "
		"quotes around the cell\n"},
};

START_TEST(rows_become_entities)
{
	auto_strbuf out = {0};

	run(files[_i].mapping, files[_i].csv, false, &out);
	ck_assert_str_eq(out.data, files[_i].result);
}
END_TEST

static const struct {
	const char *mapping, *json, *result;
} maps[] = {
	{"{" BASE
	 ",'attributes':{'n':{'column':'v','value':'number'},'l':{'geometry':true},"
	 "'d':'a.b'}}",
		"{\"type\":\"FeatureCollection\",\"name\":\"x\",\"features\":[\n"
		"{\"type\":\"Feature\",\"properties\":{\"c\":7,\"v\":1.5,\"a\":{\"b\":"
		"\"y\"}},"
		"\"geometry\":{\"type\":\"Point\",\"coordinates\":[5,43]}},\n"
		"{\"type\":\"Feature\",\"properties\":{\"c\":\"8\",\"v\":null},"
		"\"geometry\":null"
		"},\n"
		"{\"type\":\"Feature\",\"properties\":{\"c\":9,\"v\":{}}},\n"
		"{\"type\":\"Point\"}, 5,\n{\"a\":1,\"a\":2}]}",
		"{'id':'urn:x:7','type':'T','n':{'type':'Property','value':1.5},'l':{'"
		"type':"
		"'GeoProperty','value':{'type':'Point','coordinates':[5,43]}},'d':{'type'"
		":"
		"'Property','value':'y'}}\n"
		"{'id':'urn:x:8','type':'T'}\n"
		"4! v '{}': not one value but several; say 'value': 'json', or name a "
		"member as "
		"a.b\n"
		"5! no Feature: an object with 'type': 'Feature'\n"
		"5! no Feature: an object with 'type': 'Feature'\n"
		"6! duplicate key at /a\n"},
	/* as QGIS writes what is in Lambert-93 */
	{"{" BASE ",'attributes':{'l':{'geometry':true}}}",
		"{\"features\":[{\"type\":\"Feature\",\"id\":1,\"properties\":{\"c\":1},"
		"\"geometry\":{\"type\":\"LineString\",\"coordinates\":[[892390.7,"
		"6247036.1],"
		"[892390.7,6247036.1]]}}],\"crs\":{\"type\":\"name\",\"properties\":{"
		"\"name\":"
		"\"urn:ogc:def:crs:EPSG::2154\"}}}",
		"{'id':'urn:x:1','type':'T','l':{'type':'GeoProperty','value':{'type':"
		"'LineString','coordinates':[[5.3698062,43.2965075],[5.3698062,43."
		"2965075]]}}}"
		"\n"},
	{"{'type':'T','id':'{id}','attributes':{'l':{'geometry':true}}}",
		"{\"type\":\"Feature\",\"id\":\"urn:x:1\",\"properties\":null}",
		"{'id':'urn:x:1','type':'T'}\n"},
	{"{" BASE ",'attributes':{'l':{'geometry':true}}}", "{\"features\":[{\"a\":[1,2}",
		"! the file is no GeoJSON, or was cut off: it cannot be read beyond byte "
		"23\n"},
	{"{" BASE ",'attributes':{'l':{'geometry':true}}}", "c,v\n",
		"! the file is no GeoJSON, or was cut off: it cannot be read beyond byte "
		"0\n"},
};

START_TEST(features_become_entities)
{
	auto_strbuf out = {0};

	run(maps[_i].mapping, maps[_i].json, true, &out);
	ck_assert_str_eq(out.data, maps[_i].result);
}
END_TEST

static const struct {
	const char *mapping, *detail;
} bad[] = {
	{"[]", "a mapping is a JSON object"},
	{"{'id':'x','typ':'T'}", "/typ: there is no such member of a mapping"},
	{"{'type':'T','attributes':{'a':'b'}}", "/id: is missing; write it like"},
	{"{'id':'urn:x:{c}','attributes':{'a':'b'}}", "/type: is missing"},
	{"{" BASE "}", "/attributes: must be an object"},
	{"{" BASE ",'attributes':{}}", "/attributes: must be an object"},
	{"{" BASE ",'attributes':{'a':7}}",
		"/attributes/a: must be the name of a column"},
	{"{" BASE ",'attributes':{'a':[]}}",
		"/attributes: holds an attribute without a source"},
	{"{" BASE ",'attributes':{'id':'c'}}", "/attributes: id, type and scope are no"},
	{"{" BASE ",'attributes':{'a':{'colum':'c'}}}",
		"/attributes/a/colum: there is no such"},
	{"{" BASE ",'attributes':{'a':{'unitCode':'C62'}}}",
		"/attributes/a: says not where"},
	{"{" BASE ",'attributes':{'a':{'column':'c','wkt':'d'}}}",
		"/attributes/a: \"column\" and \"wkt\" exclude each other"},
	{"{" BASE ",'attributes':{'a':[{'column':'c','value':'int'}]}}",
		"/attributes/a/0/value: must be text, number, integer"},
	{"{" BASE ",'attributes':{'a':{'column':'c','scale':2}}}",
		"/attributes/a/scale: scale and offset need \"value\": \"number\""},
	{"{" BASE ",'attributes':{'a':{'longitude':'c'}}}",
		"/attributes/a: \"longitude\" needs \"latitude\""},
	{"{" BASE ",'attributes':{'a':{'column':'c','kind':'Thing'}}}",
		"/attributes/a/kind: must be Property, GeoProperty"},
	{"{" BASE ",'attributes':{'a':{'column':'c','kind':'GeoProperty'}}}",
		"/attributes/a/kind: a GeoProperty comes from"},
	{"{" BASE ",'attributes':{'a':{'column':'c','observedAt':{'column':'d','format':"
	 "'jj/MM'}}}}",
		"/attributes/a/observedAt: \"format\" has the letters"},
	{"{" BASE ",'attributes':{'a':{'wkt':'c','crs':'EPSG:1'}}}",
		"/attributes/a/crs: 'EPSG:1' is no reference system known here"},
	{"{" BASE ",'encoding':'utf-7','attributes':{'a':'b'}}",
		"/encoding: must be utf-8"},
	{"{" BASE ",'timeZone':'Paris','attributes':{'a':'b'}}",
		"/timeZone: there is no such"},
	{"{" BASE ",'separator':';;','attributes':{'a':'b'}}", "/separator: must be one"},
	{"{" BASE ",'decimal':'x','attributes':{'a':'b'}}", "/decimal: must be . or ,"},
	{"{" BASE ",'skip':-1,'attributes':{'a':'b'}}", "/skip: must be how many lines"},
	{"{'type':'T','id':'urn:{','attributes':{'a':'b'}}",
		"/id: '{' wants the name of"},
};

START_TEST(says_what_is_wrong_with_a_mapping)
{
	auto_arena a = {0};
	struct err err = {0};

	ck_assert_ptr_null(compile(&a, bad[_i].mapping, &err));
	ck_assert_int_eq(err.kind, ERR_BAD_REQUEST_DATA);
	ck_assert_msg(strncmp(err.detail, bad[_i].detail, strlen(bad[_i].detail)) == 0,
		"%s", err.detail);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("mapping");

	tcase_add_loop_test(tc, rows_become_entities, 0, ROWS(files));
	tcase_add_loop_test(tc, features_become_entities, 0, ROWS(maps));
	tcase_add_loop_test(tc, says_what_is_wrong_with_a_mapping, 0, ROWS(bad));
	return suite_run("table/mapping", tc);
}
