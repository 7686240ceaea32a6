-- For Grafana, Superset and everybody who speaks SQL: views that stay as they are.  What
-- has to change comes as a schema calanque_v2 beside this one.  Roles that read get
-- calanque_reader; the tables underneath are no interface.  docs/en/sql.md has the columns.

-- The default instance of an attribute of a document (core/entity.h), else the first one.
CREATE FUNCTION calanque_instance(doc jsonb, iri text) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE jsonb_typeof(doc -> iri) WHEN 'array' THEN doc -> iri -> 0 ELSE doc -> iri END
$$;

CREATE FUNCTION calanque_number(instance jsonb) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE jsonb_typeof(instance -> 'value')
		WHEN 'number' THEN (instance ->> 'value')::double precision END
$$;

CREATE FUNCTION calanque_text(instance jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT coalesce(instance ->> 'value', instance ->> 'object', instance ->> 'vocab')
$$;

CREATE FUNCTION calanque_timestamp(s text) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN s ~ ('^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])T([01][0-9]|2[0-3])'
		':[0-5][0-9]:[0-5][0-9]([.][0-9]+)?Z$')
		OR s ~ '^[0-9]{4}-(01|0[3-9]|1[0-2])-(29|30)T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]+)?Z$'
		OR s ~ '^[0-9]{4}-(0[13578]|1[02])-31T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]+)?Z$'
		THEN s::timestamptz END
$$;

CREATE SCHEMA calanque_v1;

-- Every entity with each of its types.
CREATE VIEW calanque_v1.entity AS
	SELECT w.name AS tenant, e.id, regexp_replace(y.iri, '^.*[/#]', '') AS type,
		y.iri AS type_iri,
		j.doc #>> ARRAY['https://smartdatamodels.org/name', 'value'] AS name,
		j.doc #>> ARRAY['https://smartdatamodels.org/areaServed', 'value'] AS area_served,
		CASE WHEN p.geometry ->> 'type' = 'Point'
			THEN (p.geometry #>> '{coordinates,0}')::double precision END AS longitude,
		CASE WHEN p.geometry ->> 'type' = 'Point'
			THEN (p.geometry #>> '{coordinates,1}')::double precision END AS latitude,
		(j.doc ->> 'createdAt')::timestamptz AS created_at,
		(j.doc ->> 'modifiedAt')::timestamptz AS modified_at,
		j.doc
	FROM name y JOIN entity_type t ON t.type = y.id
	JOIN entity e ON e.tenant = t.tenant AND e.eid = t.eid
	JOIN tenant w ON w.id = e.tenant
	CROSS JOIN LATERAL (SELECT e.doc::jsonb AS doc OFFSET 0) j
	CROSS JOIN LATERAL (SELECT calanque_instance(j.doc, 'https://uri.etsi.org/ngsi-ld/location')
		-> 'value' AS geometry) p
	WHERE e.expires IS NULL OR e.expires > now();

-- Every instance of every attribute that is no deletion.
CREATE VIEW calanque_v1.history AS
	SELECT w.name AS tenant, v.id, regexp_replace(n.iri, '^.*[/#]', '') AS attribute,
		n.iri AS attribute_iri, d.iri AS dataset_id, h.at AS time,
		h.dup = 0 AS observed, h.num AS value,
		calanque_text(h.doc::jsonb) AS text, h.doc::jsonb ->> 'unitCode' AS unit_code
	FROM evolution v JOIN tenant w ON w.id = v.tenant
	JOIN history h ON h.hid = v.hid
	JOIN name n ON n.id = h.attr
	LEFT JOIN name d ON d.id = h.dataset
	WHERE h.deleted IS NULL;

-- A name that several models have is known by its own model's IRI, and by the default
-- @context's.
CREATE VIEW calanque_v1.waste_container AS
	SELECT tenant, id, name, area_served, longitude, latitude,
		calanque_number(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.WasteManagement/fillingLevel')) AS filling_level,
		calanque_number(coalesce(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.WasteManagement/temperature'),
			calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Weather/temperature'))) AS temperature,
		calanque_number(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.WasteManagement/binCapacity')) AS bin_capacity,
		calanque_text(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.WasteManagement/storedWasteKind')) AS stored_waste_kind,
		calanque_timestamp(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.WasteManagement/dateLastEmptying') ->> 'value') AS date_last_emptying,
		calanque_text(calanque_instance(doc, 'https://uri.etsi.org/ngsi-ld/status')) AS status,
		calanque_timestamp(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.WasteManagement/fillingLevel') ->> 'observedAt')
			AS observed_at,
		calanque_text(coalesce(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.WasteManagement/refDevice'),
			calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Weather/refDevice'))) AS ref_device
	FROM calanque_v1.entity
	WHERE type_iri = 'https://smartdatamodels.org/dataModel.WasteManagement/WasteContainer';

CREATE VIEW calanque_v1.traffic_flow_observed AS
	SELECT tenant, id, name, area_served, longitude, latitude,
		calanque_number(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Transportation/intensity')) AS intensity,
		calanque_number(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Transportation/averageVehicleSpeed')) AS average_vehicle_speed,
		calanque_number(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Transportation/occupancy')) AS occupancy,
		calanque_text(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Transportation/vehicleType')) AS vehicle_type,
		calanque_timestamp(coalesce(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Transportation/dateObservedFrom'),
			calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Environment/dateObservedFrom')) ->> 'value') AS date_observed_from,
		calanque_timestamp(coalesce(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Transportation/dateObservedTo'),
			calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Environment/dateObservedTo')) ->> 'value') AS date_observed_to,
		calanque_timestamp(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Transportation/intensity') ->> 'observedAt')
			AS observed_at,
		calanque_text(coalesce(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Transportation/refDevice'),
			calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Weather/refDevice'))) AS ref_device
	FROM calanque_v1.entity
	WHERE type_iri = 'https://smartdatamodels.org/dataModel.Transportation/TrafficFlowObserved';

CREATE VIEW calanque_v1.crowd_flow_observed AS
	SELECT tenant, id, name, area_served, longitude, latitude,
		calanque_number(coalesce(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Transportation/peopleCount'),
			calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Environment/peopleCount'))) AS people_count,
		calanque_number(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Transportation/peopleCountTowards')) AS people_count_towards,
		calanque_number(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Transportation/peopleCountAway')) AS people_count_away,
		calanque_number(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Transportation/averageCrowdSpeed')) AS average_crowd_speed,
		calanque_timestamp(coalesce(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Transportation/dateObservedFrom'),
			calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Environment/dateObservedFrom')) ->> 'value') AS date_observed_from,
		calanque_timestamp(coalesce(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Transportation/dateObservedTo'),
			calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Environment/dateObservedTo')) ->> 'value') AS date_observed_to,
		calanque_timestamp(coalesce(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Transportation/peopleCount'),
			calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Environment/peopleCount')) ->> 'observedAt')
			AS observed_at,
		calanque_text(coalesce(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Transportation/refDevice'),
			calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Weather/refDevice'))) AS ref_device
	FROM calanque_v1.entity
	WHERE type_iri = 'https://smartdatamodels.org/dataModel.Transportation/CrowdFlowObserved';

CREATE VIEW calanque_v1.noise_level_observed AS
	SELECT tenant, id, name, area_served, longitude, latitude,
		calanque_number(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Environment/LAeq')) AS laeq,
		calanque_number(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Environment/LAmax')) AS lamax,
		calanque_number(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Environment/LAS')) AS las,
		calanque_timestamp(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Environment/dateObservedFrom') ->> 'value') AS date_observed_from,
		calanque_timestamp(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Environment/dateObservedTo') ->> 'value') AS date_observed_to,
		calanque_timestamp(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Environment/LAeq') ->> 'observedAt')
			AS observed_at,
		calanque_text(coalesce(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Environment/refDevice'),
			calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Weather/refDevice'))) AS ref_device
	FROM calanque_v1.entity
	WHERE type_iri = 'https://smartdatamodels.org/dataModel.Environment/NoiseLevelObserved';

CREATE VIEW calanque_v1.water_observed AS
	SELECT tenant, id, name, area_served, longitude, latitude,
		calanque_number(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Environment/height')) AS height,
		calanque_number(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Environment/flow')) AS flow,
		calanque_number(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Environment/waterLevel')) AS water_level,
		calanque_timestamp(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Environment/height') ->> 'observedAt')
			AS observed_at,
		calanque_text(coalesce(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Environment/refDevice'),
			calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Weather/refDevice'))) AS ref_device
	FROM calanque_v1.entity
	WHERE type_iri = 'https://smartdatamodels.org/dataModel.Environment/WaterObserved';

CREATE VIEW calanque_v1.streetlight AS
	SELECT tenant, id, name, area_served, longitude, latitude,
		calanque_text(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Streetlighting/powerState')) AS power_state,
		calanque_text(calanque_instance(doc, 'https://uri.etsi.org/ngsi-ld/status')) AS status,
		calanque_number(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Streetlighting/illuminanceLevel')) AS illuminance_level,
		calanque_number(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Streetlighting/powerConsumption')) AS power_consumption,
		calanque_number(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Streetlighting/voltage')) AS voltage,
		calanque_timestamp(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Streetlighting/dateLastSwitchingOn') ->> 'value') AS date_last_switching_on,
		calanque_timestamp(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Streetlighting/dateLastSwitchingOff') ->> 'value') AS date_last_switching_off,
		calanque_timestamp(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Streetlighting/powerState') ->> 'observedAt')
			AS observed_at,
		calanque_text(coalesce(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Streetlighting/refDevice'),
			calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Weather/refDevice'))) AS ref_device
	FROM calanque_v1.entity
	WHERE type_iri = 'https://smartdatamodels.org/dataModel.Streetlighting/Streetlight';

CREATE VIEW calanque_v1.weather_observed AS
	SELECT tenant, id, name, area_served, longitude, latitude,
		calanque_number(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Weather/temperature')) AS temperature,
		calanque_number(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Weather/relativeHumidity')) AS relative_humidity,
		calanque_number(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Weather/feelsLikeTemperature')) AS feels_like_temperature,
		calanque_number(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Weather/atmosphericPressure')) AS atmospheric_pressure,
		calanque_number(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Weather/windSpeed')) AS wind_speed,
		calanque_number(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Weather/windDirection')) AS wind_direction,
		calanque_number(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Weather/precipitation')) AS precipitation,
		calanque_number(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Weather/solarRadiation')) AS solar_radiation,
		calanque_timestamp(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Weather/temperature') ->> 'observedAt')
			AS observed_at,
		calanque_text(calanque_instance(doc, 'https://smartdatamodels.org/dataModel.Weather/refDevice')) AS ref_device
	FROM calanque_v1.entity
	WHERE type_iri = 'https://smartdatamodels.org/dataModel.Weather/WeatherObserved';

-- Who may not make roles reads with a role of the operator's own (docs/en/sql.md).
DO $$
BEGIN
	CREATE ROLE calanque_reader NOLOGIN;
EXCEPTION WHEN duplicate_object OR insufficient_privilege THEN NULL;
END $$;
DO $$
BEGIN
	GRANT USAGE ON SCHEMA calanque_v1 TO calanque_reader;
	GRANT SELECT ON ALL TABLES IN SCHEMA calanque_v1 TO calanque_reader;
EXCEPTION WHEN undefined_object THEN NULL;
END $$;
