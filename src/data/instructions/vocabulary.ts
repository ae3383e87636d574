/** Names of at most 4 bytes in UTF-8, so that an instruction and its answer fit a sequence of 64. */
export const NAMES: readonly string[] = [
  ..."Ada Anna Åse Ben Carl Dora Eva Finn Gina Hugo Ida Jan Juan Kim Leo Mia Noa Olga Pia Rosa Tom Zoë".split(
    " ",
  ),
];

/** Towns of at most 4 bytes. */
export const TOWNS: readonly string[] =
  "Åbo Bari Bath Bern Brno Cork Gent Graz Kyiv Lima Lund Lyon Metz Nice Oslo Pisa Riga Rome Ulm York".split(
    " ",
  );

/** Things that one has several of, at most 5 bytes. */
export const THINGS: readonly string[] =
  "bags bells books bowls boxes cards coins cups dolls eggs flags forks hats jars keys kites lamps maps nuts pens pins plums rings ropes".split(
    " ",
  );
