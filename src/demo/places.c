/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names are those of the territory; positions are near enough for a map.  A disc must not
 * reach the sea, the Étang de Berre or the Étang de Bolmon: move it inland rather than
 * make it small.
 */
#include "places.h"

/* clang-format off */
const struct place places[] = {
	{"Marseille", "Castellane", "13006", 5.3838, 43.2858, 600, 1.0},
	{"Aix-en-Provence", NULL, "13100", 5.4474, 43.5280, 700, 0.8},
	{"Aubagne", NULL, "13400", 5.5707, 43.2927, 600, 0.6},
	{"Martigues", "Jonquières", "13500", 5.0520, 43.3950, 300, 0.5},
	{"Istres", NULL, "13800", 4.9800, 43.5060, 300, 0.4},
	{"Salon-de-Provence", NULL, "13300", 5.0970, 43.6400, 800, 0.5},
	{"Vitrolles", NULL, "13127", 5.2510, 43.4580, 600, 0.5},
	{"Marignane", NULL, "13700", 5.2180, 43.4165, 350, 0.5},
	{"La Ciotat", NULL, "13600", 5.6000, 43.1880, 350, 0.5},
	{"Gardanne", NULL, "13120", 5.4690, 43.4540, 600, 0.4},
	{"Miramas", NULL, "13140", 5.0010, 43.5820, 600, 0.4},
	{"Les Pennes-Mirabeau", NULL, "13170", 5.3100, 43.4100, 500, 0.3},
	{"Allauch", NULL, "13190", 5.4830, 43.3360, 400, 0.3},
	{"Port-de-Bouc", NULL, "13110", 4.9960, 43.4180, 250, 0.4},
	{"Fos-sur-Mer", NULL, "13270", 4.9540, 43.4405, 250, 0.3},
	{"Châteauneuf-les-Martigues", NULL, "13220", 5.1640, 43.3830, 400, 0.3},
	{"Bouc-Bel-Air", NULL, "13320", 5.4140, 43.4520, 500, 0.3},
	{"Berre-l'Étang", NULL, "13130", 5.1790, 43.4850, 300, 0.3},
	{"Septèmes-les-Vallons", NULL, "13240", 5.3660, 43.4000, 400, 0.4},
	{"Plan-de-Cuques", NULL, "13380", 5.4640, 43.3470, 400, 0.4},
	{"Rognac", NULL, "13340", 5.2390, 43.4890, 350, 0.3},
	{"Cassis", NULL, "13260", 5.5440, 43.2190, 250, 0.3},
	{"Trets", NULL, "13530", 5.6850, 43.4480, 500, 0.2},
	{"Gémenos", NULL, "13420", 5.6280, 43.2970, 400, 0.2},
	{"Auriol", NULL, "13390", 5.6330, 43.3690, 400, 0.2},
	{"Lambesc", NULL, "13410", 5.2620, 43.6540, 400, 0.2},
	{"Pertuis", NULL, "84120", 5.5020, 43.6940, 600, 0.3},
	{"Carnoux-en-Provence", NULL, "13470", 5.5640, 43.2580, 350, 0.3},

	{"Marseille", "Noailles", "13001", 5.3815, 43.2965, 300, 1.0},
	{"Marseille", "Belle de Mai", "13003", 5.3890, 43.3105, 500, 0.9},
	{"Marseille", "La Timone", "13005", 5.4035, 43.2905, 500, 0.9},
	{"Marseille", "Sainte-Marguerite", "13009", 5.4080, 43.2620, 600, 0.7},
	{"Marseille", "Mazargues", "13009", 5.4030, 43.2490, 400, 0.6},
	{"Marseille", "La Valentine", "13011", 5.4860, 43.2960, 500, 0.5},
	{"Marseille", "Saint-Barnabé", "13012", 5.4190, 43.3050, 500, 0.7},
	{"Marseille", "Saint-Just", "13013", 5.4060, 43.3180, 500, 0.8},
	{"Marseille", "La Rose", "13013", 5.4290, 43.3330, 500, 0.6},
	{"Marseille", "Le Merlan", "13014", 5.4080, 43.3400, 500, 0.7},
	{"Marseille", "Saint-Antoine", "13015", 5.3600, 43.3700, 400, 0.6},
	{"Marseille", "Château-Gombert", "13013", 5.4420, 43.3470, 500, 0.4},
	{"Aix-en-Provence", "Jas de Bouffan", "13090", 5.4180, 43.5240, 500, 0.6},
	{"Aix-en-Provence", "Les Milles", "13290", 5.3830, 43.5040, 400, 0.4},
	{"Aix-en-Provence", "Luynes", "13080", 5.4170, 43.4830, 300, 0.3},
	{"Salon-de-Provence", "Bel-Air", "13300", 5.0850, 43.6480, 400, 0.4},
	{"Vitrolles", "Les Pinchinades", "13127", 5.2480, 43.4450, 350, 0.5},
};

const struct gauge gauges[] = {
	{"Huveaune", "Pont-de-Vivaux", "Marseille", "13010", 5.4170, 43.2770, 0.55, 1.4},
	{"Huveaune", "La Valentine", "Marseille", "13011", 5.4800, 43.2930, 0.50, 1.2},
	{"Huveaune", "pont de l'Étoile", "Aubagne", "13400", 5.5900, 43.3160, 0.45, 1.0},
	{"Huveaune", "moulin de Redon", "Auriol", "13390", 5.6340, 43.3700, 0.40, 0.7},
	{"Jarret", "La Rose", "Marseille", "13013", 5.4320, 43.3320, 0.20, 0.1},
	{"Aygalades", "Saint-Antoine", "Marseille", "13015", 5.3620, 43.3660, 0.25, 0.1},
	{"Arc", "pont des Trois-Sautets", "Aix-en-Provence", "13100", 5.4640, 43.5160, 0.70, 2.1},
	{"Arc", "Les Milles", "Aix-en-Provence", "13290", 5.3860, 43.5030, 0.75, 2.6},
	{"Arc", "pont de Trets", "Trets", "13530", 5.6700, 43.4700, 0.45, 0.8},
	{"Arc", "Mauran", "Berre-l'Étang", "13130", 5.1600, 43.5230, 0.90, 3.2},
	{"Luynes", "Payannet", "Gardanne", "13120", 5.4640, 43.4560, 0.20, 0.1},
	{"Grand Vallat", "La Malle", "Bouc-Bel-Air", "13320", 5.3900, 43.4650, 0.25, 0.2},
	{"Cadière", "L'Infernet", "Vitrolles", "13127", 5.2440, 43.4400, 0.30, 0.3},
	{"Touloubre", "La Barben", "Salon-de-Provence", "13300", 5.1100, 43.6270, 0.50, 0.9},
	{"Fauge", "Saint-Pons", "Gémenos", "13420", 5.6350, 43.2960, 0.20, 0.2},
	{"Durance", "pont de Pertuis", "Pertuis", "84120", 5.4870, 43.6680, 1.40, 60.0},
};

const char *const streets[] = {
	"rue de la République", "avenue Jean-Jaurès", "boulevard Gambetta", "rue Pasteur",
	"place de la Mairie", "avenue de la Libération", "boulevard Victor-Hugo",
	"rue des Écoles", "chemin des Oliviers", "rue Frédéric-Mistral", "avenue des Pins",
	"allée des Tilleuls", "rue du Stade", "avenue du 8-Mai-1945", "rue Émile-Zola",
	"boulevard Carnot", "rue Marcel-Pagnol", "cours de la Fontaine", "rue de la Gare",
	"avenue Paul-Cézanne", "traverse des Cigales", "chemin du Moulin",
};
/* clang-format on */

const size_t places_len = sizeof(places) / sizeof(places[0]);
const size_t gauges_len = sizeof(gauges) / sizeof(gauges[0]);
const size_t streets_len = sizeof(streets) / sizeof(streets[0]);
