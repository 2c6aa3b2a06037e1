/**
 * @file Two ways to say the same: how the story puts it, and how an answer does. Every word that carries meaning
 * differs, so that copying from the story does not satisfy a rule that compares words.
 */

export interface Wording {
  /** In the story. */
  told: string;
  /** In the gold answer. */
  gold: string;
  /** Right as well. */
  also: string;
}

const wordings = (table: string): readonly Wording[] =>
  table
    .trim()
    .split('\n')
    .map((line) => {
      const [told, gold, also] = line.split('|').map((part) => part.trim());
      return { told, gold, also };
    });

export const DEEDS = wordings(`
  mended | repaired | fixed
  purchased | bought | acquired
  concealed | hid | kept out of sight
  smashed | broke | shattered
  discovered | found | came upon
  constructed | built | made
  cleansed | washed | cleaned
  misplaced | lost | could not find
  sketched | drew | made a drawing of
  dragged | pulled | hauled
  guarded | watched over | kept safe
  set fire to | burned | burnt
  observed | looked at | watched
  lifted | raised | picked up
  ruined | spoiled | destroyed
  handed back | returned | gave back`);

export const THINGS = wordings(`
  the tiny boat | the small ship | the little vessel
  the costly gem | the expensive jewel | the dear stone
  the big rock | the large stone | the huge boulder
  the torn coat | the ripped jacket | the tattered cloak
  the damp cellar | the wet basement | the moist vault
  the rear gate | the back door | the gate behind
  the shaky cart | the loose wagon | the wobbly carriage
  the woollen rug | the wool carpet | the soft mat
  the spare sail | the extra canvas | the second sheet
  the garden fence | the yard hedge | the barrier of the garden
  the shiny sword | the bright blade | the gleaming weapon
  the empty barrel | the hollow cask | the barrel with nothing in it
  the tall tower | the high steeple | the lofty spire
  the cheap ring | the plain band | the ring of little worth
  the woodland path | the forest trail | the way through the trees
  the stale loaf | the old bread | the dry loaf`);

export const MISHAPS = wordings(`
  had caught fire | was burning | stood in flames
  was no longer there | had vanished | was gone
  had been taken by thieves | was stolen | had been robbed
  cost too much | was overpriced | asked too high a price
  had fallen to pieces | was broken | came apart
  belonged to somebody else | had another owner | was not theirs
  smelled dreadful | stank terribly | had a bad smell
  brought bad luck | was cursed | caused misfortune
  frightened everyone | scared people | made all afraid
  was under water | had flooded | was drowned
  was worth a fortune | had great value | was very precious
  kept making noise | never was quiet | was always loud
  had turned green with age | went mouldy | was covered in mould
  was far too heavy | weighed plenty | could not be carried
  had been promised to the king | awaited the ruler | was meant for the crown
  was full of mice | housed rodents | had vermin in it`);

export const CONTAINERS = wordings(`
  in an iron box | inside a metal case | in a strongbox
  in a clay jar | inside an earthen pot | in pottery
  in a leather bag | inside a hide sack | in a skin pouch
  in a hollow log | inside an empty trunk | in dead wood
  in a straw basket | inside a woven hamper | in wickerwork
  in a rusty bucket | inside a corroded pail | in a worn pail
  in a velvet pouch | inside a soft purse | in a cloth bag
  in a worn boot | inside a used shoe | in footwear
  in a drinking cup | inside a tea mug | in a beaker
  in a warm mitten | inside a wool glove | in a handwarmer
  in a heavy volume | inside a thick book | between pages
  in a tall wardrobe | inside a clothes cupboard | in a dresser
  in a bird cage | inside a parrot prison | behind small bars
  in a wine cask | inside a grape barrel | in a tun
  in a kitchen pan | inside a cooking pot | in a skillet
  in a mail pouch | inside a post sack | among letters`);

export const HIDEOUTS = wordings(`
  beneath the stairs | under the steps | below the staircase
  close to the well | near the spring | not far from the water
  behind the barn | past the stable | at the back of the shed
  above the hearth | over the fireplace | on the chimney
  at the edge of the woods | beside the forest | where the trees begin
  on the roof | atop the house | up on the tiles
  by the shore | at the seaside | near the beach
  in the attic | under the rafters | up in the loft
  opposite the inn | facing the tavern | over the way from the pub
  amid the vines | between the grapes | in the vineyard
  underneath the bridge | below the arch | where the river is crossed
  next to the graveyard | beside the cemetery | near the tombs
  in front of the court | before the tribunal | at the law house
  within the ruins | among the wreckage | in the fallen walls
  north of the quarry | above the pit | up from the stone works
  along the road | beside the highway | on the way`);
