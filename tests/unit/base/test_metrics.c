/* SPDX-License-Identifier: Apache-2.0 */
#include <base/metrics.h>

#include <base/strbuf.h>

#include <suite.h>

#include <pthread.h>

START_TEST(counts)
{
	auto_strbuf sb = {0};

	metric_add(METRIC_lane_groups_total, 2);
	metric_add(METRIC_lane_groups_total, 3);
	metric_add(METRIC_lane_waiting, 5);
	metric_add(METRIC_lane_waiting, -7);
	metric_set(METRIC_db_connections, 12);
	metrics_write(&sb);
	ck_assert_ptr_nonnull(strstr(sb.data,
		"# HELP calanque_lane_groups_total Groups of writes committed\n"
		"# TYPE calanque_lane_groups_total counter\n"
		"calanque_lane_groups_total 5\n"));
	ck_assert_ptr_nonnull(strstr(sb.data,
		"# TYPE calanque_lane_waiting gauge\ncalanque_lane_waiting -2\n"));
	ck_assert_ptr_nonnull(strstr(sb.data, "\ncalanque_db_connections 12\n"));
	ck_assert_ptr_nonnull(strstr(sb.data, "\ncalanque_db_errors_total 0\n"));
}
END_TEST

START_TEST(measures)
{
	auto_strbuf sb = {0};

	metric_observe(METRIC_db_query_duration_seconds, 100);
	metric_observe(METRIC_db_query_duration_seconds, 101);
	metric_observe(METRIC_db_query_duration_seconds, 20000000);
	metric_observe(METRIC_db_query_duration_seconds, -1);
	metrics_write(&sb);
	ck_assert_ptr_nonnull(strstr(sb.data,
		"# TYPE calanque_db_query_duration_seconds histogram\n"
		"calanque_db_query_duration_seconds_bucket{le=\"0.0001\"} 2\n"
		"calanque_db_query_duration_seconds_bucket{le=\"0.00025\"} 3\n"));
	ck_assert_ptr_nonnull(strstr(sb.data,
		"calanque_db_query_duration_seconds_bucket{le=\"10\"} 3\n"
		"calanque_db_query_duration_seconds_bucket{le=\"+Inf\"} 4\n"
		"calanque_db_query_duration_seconds_sum 20.000201\n"
		"calanque_db_query_duration_seconds_count 4\n"));
}
END_TEST

START_TEST(labels_histograms)
{
	struct histogram h = {0};
	auto_strbuf sb = {0};

	histogram_observe(&h, 1500);
	histogram_write(&sb, "x_seconds", "route=\"/a\",status=\"200\"", &h);
	ck_assert_ptr_nonnull(strstr(sb.data,
		"x_seconds_bucket{route=\"/a\",status=\"200\",le=\"0.001\"} 0\n"
		"x_seconds_bucket{route=\"/a\",status=\"200\",le=\"0.0025\"} 1\n"));
	ck_assert_ptr_nonnull(strstr(sb.data,
		"x_seconds_sum{route=\"/a\",status=\"200\"} 0.001500\n"
		"x_seconds_count{route=\"/a\",status=\"200\"} 1\n"));
}
END_TEST

static void *add_many(void *arg)
{
	for (int i = 0; i < 10000; i++) {
		metric_add(METRIC_db_reconnects_total, 1);
		metric_observe(METRIC_lane_group_duration_seconds, i);
	}
	return arg;
}

START_TEST(loses_nothing_between_threads)
{
	pthread_t threads[4];
	auto_strbuf sb = {0};

	for (int i = 0; i < ROWS(threads); i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, add_many, NULL), 0);
	for (int i = 0; i < ROWS(threads); i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	metrics_write(&sb);
	ck_assert_ptr_nonnull(strstr(sb.data, "\ncalanque_db_reconnects_total 40000\n"));
	ck_assert_ptr_nonnull(
		strstr(sb.data, "\ncalanque_lane_group_duration_seconds_count 40000\n"));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("metrics");

	tcase_add_test(tc, counts);
	tcase_add_test(tc, measures);
	tcase_add_test(tc, labels_histograms);
	tcase_add_test(tc, loses_nothing_between_threads);
	return suite_run("base/metrics", tc);
}
