-- What queries compute from documents (src/store/q_sql*.c) and geometries.  These mirror
-- base/clock.h and core/q_target.h; tests/diff holds both sides to one answer.

-- Days since 1970-01-01, null where there is no such day.
CREATE FUNCTION calanque_day(y int, m int, d int) RETURNS int
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
	IF y < 1 OR m < 1 OR m > 12 OR d < 1 OR d > 31 OR (d > 28 AND d >
		date_part('day', make_date(y, m, 1) + interval '1 month' - interval '1 day')) THEN
		RETURN NULL;
	END IF;
	RETURN make_date(y, m, d) - date '1970-01-01';
END $$;

-- Digits of a fraction of a second as microseconds; what is finer is cut.
CREATE FUNCTION calanque_fraction(digits text) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT rpad(left(coalesce(digits, ''), 6), 6, '0')::bigint
$$;

-- A DateTime as microseconds since 1970, null where the text is none: clock_parse().  What
-- is written as this program writes it, and is surely a day, is left to the cast.
CREATE FUNCTION calanque_instant(s text) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
	m text[];
	us bigint;
BEGIN
	IF s COLLATE "C" >= '0001' AND
		s ~ ('^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])T(?:[01][0-9]|2[0-3])'
		':[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?Z$') THEN
		RETURN extract(epoch FROM s::timestamptz) * 1000000;
	END IF;
	m := regexp_match(s, '^([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([01][0-9]|2[0-3])'
		':([0-5][0-9]):([0-5][0-9])(?:[.,]([0-9]+))?'
		'(?:[Zz]|([+ -])([01][0-9]|2[0-3]):([0-5][0-9]))$');
	us := calanque_day(m[1]::int, m[2]::int, m[3]::int) * 86400000000::bigint +
		(m[4]::int * 3600 + m[5]::int * 60 + m[6]::int) * 1000000::bigint +
		calanque_fraction(m[7]);
	IF m[8] IS NOT NULL THEN
		us := us + (m[9]::int * 60 + m[10]::int) * 60000000::bigint *
			CASE m[8] WHEN '-' THEN 1 ELSE -1 END;
	END IF;
	RETURN CASE WHEN us >= -62135596800000000 AND us < 253402300800000000 THEN us END;
END $$;

-- A Date as microseconds since 1970: q_date().
CREATE FUNCTION calanque_date(s text) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
	m text[] := regexp_match(s, '^([0-9]{4})-([0-9]{2})-([0-9]{2})$');
BEGIN
	RETURN calanque_day(m[1]::int, m[2]::int, m[3]::int) * 86400000000::bigint;
END $$;

-- A Time as microseconds since midnight: q_time().
CREATE FUNCTION calanque_time(s text) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
	m text[] := regexp_match(s,
		'^([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])(?:[.,]([0-9]+))?[Zz]$');
BEGIN
	RETURN (m[1]::int * 3600 + m[2]::int * 60 + m[3]::int) * 1000000::bigint +
		calanque_fraction(m[4]);
END $$;

-- An entity or instance without what has expired at `now` (microseconds), at any depth.
CREATE FUNCTION calanque_live(j jsonb, now bigint) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
	k text;
	v jsonb;
	item jsonb;
	live jsonb;
BEGIN
	FOR k, v IN SELECT key, value FROM jsonb_each(j) WHERE strpos(key, ':') > 0 LOOP
		live := '[]';
		FOR item IN SELECT value FROM jsonb_array_elements(
			CASE jsonb_typeof(v) WHEN 'array' THEN v ELSE jsonb_build_array(v) END) LOOP
			IF coalesce(calanque_instant(item ->> 'expiresAt') > now, true) THEN
				live := live || jsonb_build_array(calanque_live(item, now));
			END IF;
		END LOOP;
		j := CASE WHEN live = '[]' THEN j - k ELSE jsonb_set(j, ARRAY[k], live) END;
	END LOOP;
	RETURN j;
END $$;

-- Geometries cross themselves in real data; predicates refuse such polygons or answer at
-- random.  What is stored and what is asked with is therefore made valid, keeping the
-- parts of the highest dimension.
CREATE FUNCTION calanque_valid(g geometry) RETURNS geometry
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
	IF (ST_IsValidDetail(g)).valid THEN
		RETURN g;
	END IF;
	RETURN ST_CollectionExtract(ST_MakeValid(g));
END $$;
