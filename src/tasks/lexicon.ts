/**
 * @file Common English words by class, the frequent ones first. Warm-up text is woven from them, and the tokenizer
 * learns ordinary English from them.
 */

const words = (list: string): readonly string[] => list.trim().split(/\s+/);

/** Articles, pronouns, prepositions, conjunctions, auxiliaries: frequent, and never worth asking for. */
export const FUNCTION_WORDS = words(`
  the of and to a in that is was it for on with as be at by this from or have not but are his which they had he she you
  we an were been has their one all will would there when who what if no can more her its him them so some could into
  than other then only any may such these those do did does my our your me us about out up two over new also after first
  under made most before through where must how should each very same between own while because against upon both being
  during without another within might every shall either neither nor whether until since unless though although however
  therefore otherwise thus hence whose whom toward towards among along across behind below above beyond around near off
  down again once here just even still too well back now never always often yet rather quite almost per via except
  including regarding concerning provided according instead together apart herein thereof hereby whatever whichever
  wherever anyone someone everyone nothing something anything everything itself himself herself themselves yourself
  himself am having doing cannot don't isn't doesn't won't can't didn't I'm it's that's`);

export const NOUNS = words(`
  time people year work way day man world life part number place case point government company group problem fact hand
  right week system program question state house word book eye side head business service home water room mother area
  money story month lot study night name power hour game line end member law car city community president team minute
  idea kid body information parent face level office door health person art war history party result change morning
  reason research girl guy moment air teacher force education foot boy age policy process music market sense nation plan
  college interest death experience effect class control field development role effort rate heart drug show leader light
  voice wife police mind price report decision son view relationship town road arm difference value building action
  season society tax director position player record paper space ground form event matter center site project activity
  star table need court oil situation cost industry figure street image phone data picture practice piece land product
  doctor wall patient worker news test movie north love support technology step baby computer type attention film tree
  source hair window culture chance brother energy period course summer plant opportunity term letter condition choice
  rule daughter south husband floor campaign material population call economy hospital church risk fire future bank
  license copy right copyright software code version notice permission section party agreement term condition work
  modification distribution source library user warranty liability damage claim patent owner author contributor
  recipient document file format object interface component tool network server network key access purpose use
  requirement obligation restriction freedom provision paragraph clause title exception principle foundation
  organization institution transaction payment fee charge offer request method means manner extent example feature
  function procedure message error list item entry page text language sentence answer evidence witness judge trial
  contract property letter ship sea river mountain forest garden bridge village king queen soldier army captain horse
  bird dog cat fish stone iron gold silver glass wood bread wine salt grain corn apple milk meat fruit flower leaf
  winter spring autumn rain snow wind storm cloud sun moon earth sky island coast harbour port boat sail wheel engine
  machine motor train station ticket journey travel guest host friend enemy stranger neighbour uncle aunt cousin child
  children men women family marriage birth funeral feast song dance poem painter writer reader student lesson school
  university science theory experiment measure weight length height speed temperature pressure surface volume edge
  corner circle square angle shape colour sound noise silence smell taste touch memory dream fear hope anger joy pain
  pleasure truth lie secret promise gift debt loan profit loss trade shop store goods supply demand stock share crop farm
  farmer field cattle sheep wool cloth coat dress shoe hat ring chain box bag basket bottle cup plate knife fork spoon
  lamp candle mirror clock bell drum chair bed desk shelf roof gate fence path step stair cellar kitchen chamber hall
  tower castle palace temple tomb prison camp tent flag sword gun bullet bomb battle victory defeat peace treaty border
  region province district county quarter street square market corner century decade moment instant hour distance mile
  foot inch pound ton dozen pair half third quarter sum total average degree percent unit index model design pattern
  structure framework layer network signal channel device circuit battery cable screen button sample token policy reward
  version future freedom covenant manufacturer installation consent addition absence fitness merchantability acceptance
  conveyance affirmation grace receipt compilation aggregate medium summary essay article news email internet website
  gradient step loss batch window sequence training learning update parameter weight kernel buffer memory thread`);

/** Base forms of regular verbs, so that -s, -ed and -ing can be made from them. */
export const VERBS = words(`
  use work call ask need want seem look turn start help show play move live believe happen include continue allow add
  follow open walk offer remember love consider appear serve expect stay reach remain suggest raise pass require report
  decide pull return explain hope develop carry receive agree support provide create cover contain modify propagate
  convey distribute permit grant apply state claim publish copy change form accept protect restrict limit exercise
  terminate violate cure notify obtain license install operate perform execute produce prepare present prevent
  assert warrant intend describe define determine display refer relate specify require comply impose incorporate
  combine link compile interact access control deny disclaim assume pay enter visit watch study answer question order
  record mark count measure weigh fill empty carry gather collect store ship trade sign seal deliver borrow lend owe
  claim argue discuss mention note observe notice remark reply insist promise refuse admit confess accuse suspect search
  discover examine inspect compare prove test doubt wonder imagine dream wait arrive travel cross climb land sail march
  attack defend guard save rescue escape chase capture arrest punish release join unite divide separate share mix cook
  bake wash clean paint repair mend plant harvest watch listen talk shout whisper laugh smile cry dance enjoy hate fear
  attend learn train reward sample update compute encode predict improve reduce increase compare complete`);

export const ADJECTIVES = words(`
  good new first last long great little own other old right big high different small large next early young important few
  public bad same able human local sure free better true whole real best special full clear white recent certain
  personal open red difficult available likely short single medical current wrong private past foreign fine common poor
  natural significant similar hot dead central happy serious ready simple left physical general environmental financial
  blue democratic dark various entire close legal religious cold final main green nice huge popular traditional cultural
  additional applicable appropriate corresponding covered original modified exclusive express implied limited
  commercial noncommercial physical necessary reasonable equivalent complete machine-readable royalty-free worldwide
  nonexclusive durable explicit sufficient valid written individual federal national international direct indirect
  incidental consequential essential particular prominent independent separate compatible effective secondary technical
  ancient bright broken brave calm careful cheap clever curious deep distant dry eager empty equal false famous fresh
  gentle golden grand grey heavy hidden honest humble hungry kind lazy loud loyal merry narrow noble obvious odd pale
  patient plain polite proud pure quick quiet rare rich rough round sacred sharp silent slow soft solid steady steep
  strange strict strong sweet tall thick thin tiny tired useful vast warm weak wet wide wild wise wooden yellow`);

export const ADVERBS = words(`
  really finally perhaps especially usually already later quickly simply probably recently certainly sometimes suddenly
  clearly nearly directly exactly slowly carefully solely conspicuously generally likewise moreover merely fully
  permanently reasonably publicly separately automatically knowingly prominently currently previously originally
  commonly quietly early soon today yesterday tomorrow twice forever abroad ashore inside outside everywhere`);

/** Regular inflections of a verb; close enough to English to give the tokenizer its endings. */
export function inflections(verb: string): string[] {
  const stem = verb.endsWith('e') ? verb.slice(0, -1) : verb;
  const consonantY = /[^aeiou]y$/.test(verb);
  const third = consonantY ? `${verb.slice(0, -1)}ies` : /(s|sh|ch|x)$/.test(verb) ? `${verb}es` : `${verb}s`;
  const past = consonantY ? `${verb.slice(0, -1)}ied` : `${stem}ed`;
  return [verb, third, past, `${stem}ing`];
}

/** Regular plural of a noun. */
export function plural(noun: string): string {
  if (/[^aeiou]y$/.test(noun)) return `${noun.slice(0, -1)}ies`;
  return /(s|sh|ch|x)$/.test(noun) ? `${noun}es` : `${noun}s`;
}
