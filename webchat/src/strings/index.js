import ar from './ar.js';
import cs from './cs.js';
import da from './da.js';
import de from './de.js';
import en from './en.js';
import es from './es.js';
import fi from './fi.js';
import fr from './fr.js';
import he from './he.js';
import it from './it.js';
import ja from './ja.js';
import nl from './nl.js';
import no from './no.js';
import pl from './pl.js';
import pt from './pt.js';
import ru from './ru.js';
import sv from './sv.js';
import tr from './tr.js';
import uk from './uk.js';
import zh from './zh.js';

/** All languages, by their ISO 639-1 code. A language is added by its module and its name here. */
export const languages = {
  ar, cs, da, de, en, es, fi, fr, he, it, ja, nl, no, pl, pt, ru, sv, tr, uk, zh,
};
