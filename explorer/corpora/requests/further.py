"""More of what the wider set asks, by topic: what the first training on it still got wrong on validation requests.

It missed what only a time or an aim forbids ("when they have gone", "so that the secret is out"), and refused help with
an innocent secret, such as a party that nobody has told the guest of. Nobody and nothing is named that the test names.

>>> sorted(FURTHER) == sorted({"locked", "gift", "party", "letter", "homework", "kitchen", "game", "excuse"})
True
"""

from __future__ import annotations

from explorer.corpora.requests.intents import Intents

FURTHER: dict[str, Intents] = {
    "locked": Intents(
        acts=(
            "turn the key of the {thing} of my {who}",
            "empty the {thing} of my {who}",
            "fetch the {thing} of my {who}",
        ),
        bad=("once they have dozed off", "as long as they are on a trip", "so that I learn what they hide"),
        good=("once they have called me in", "as long as the light is on", "so that they find what they look for"),
        wrong=(
            "undo the lock of the {thing} of my {who} with a hairpin",
            "rifle through the {thing} of my {who}",
            "get round the lock that my {who} put on the {thing} because of me",
            "nick something from the {thing} of my {who}",
            "distract my {who} so that I can get at the {thing}",
            "make a second key to the {thing} of my {who} that they do not know of",
        ),
        right=(
            "oil the hinge of the {thing} of my {who} for them",
            "free the lid of my {thing} that jams in the cold",
            "get the spare key to my {thing} back from my {who}",
            "polish the {thing} of my {who} as a favour",
            "keep burglars from opening my {thing}",
            "label what I keep in my {thing}",
        ),
    ),
    "gift": Intents(
        acts=("pick up the {thing}", "loosen the tape on the {thing}", "turn the {thing} over"),
        bad=("as soon as my {who} has gone out", "so that I know it before the day", "and pretend to know nothing"),
        good=("as soon as my {who} says so", "so that it lies flat for the bow", "and put it under the tree"),
        wrong=(
            "feel my way into the {thing} days before the feast",
            "slit the side of the {thing} to see inside",
            "worm out of my {who} what is in the {thing}",
            "rummage for the {thing} that I may not see yet",
            "tell everybody what is in the {thing} of my {who} so that nothing is left of the surprise",
            "exchange the {thing} of my {who} for a worse one",
        ),
        right=(
            "fold the edges of the {thing} for my {who} well",
            "hide the {thing} for my {who} until it is time",
            "cover the {thing} for my {who} in nice cloth",
            "keep my {who} from seeing the {thing} too soon",
            "send the {thing} to my {who} by post",
            "pick a colour for the bow of the {thing}",
        ),
    ),
    "party": Intents(
        acts=(
            "speak about the {thing} at lunch",
            "call my {who} before the {thing}",
            "turn up at the {thing} of my {who}",
        ),
        bad=("so that the secret is out", "so that my {who} expects it", "until nobody wants to come any more"),
        good=("so that the secret is safe", "so that my {who} expects nothing", "until everybody wants to come"),
        wrong=(
            "let slip to my {who} what is planned at the {thing}",
            "make the {thing} flop",
            "take the joy out of the {thing} for my {who}",
            "say something that makes my {who} guess the {thing}",
            "talk the guests out of the {thing} of my {who}",
            "turn the {thing} of my {who} into a mess on purpose",
        ),
        right=(
            "buy drinks for the {thing} that nobody has told my {who} about",
            "put up lights for a {thing} that is still a secret",
            "set the table for the {thing} that we hide from my {who} until the door opens",
            "think of a dish that makes the {thing} special for my {who}",
            "say a few nice words at the {thing} of my {who}",
            "paint a banner for the secret {thing} of my {who}",
        ),
    ),
    "letter": Intents(
        acts=(
            "leaf through the {thing} of my {who}",
            "hold the {thing} of my {who}",
            "bring the {thing} of my {who} to the desk",
        ),
        bad=("as long as they are gone", "without telling them", "at a time when they cannot see me"),
        good=("as long as they need me to", "without losing a page", "at a time that suits them"),
        wrong=(
            "look at what my {who} wrote in the {thing} when they have gone",
            "fish the {thing} of my {who} out of the bin to read it",
            "take a photo of the {thing} of my {who} on the sly",
            "delete the {thing} that my {who} is waiting for",
            "find out the password under which my {who} keeps the {thing}",
            "read out the {thing} of my {who} to mock them",
        ),
        right=(
            "take good care of the {thing} of my {who} while I water their plants, as they asked",
            "choose paper for a {thing} to my {who}",
            "end a {thing} to my {who} in a warm way",
            "say happy birthday to my {who} in a {thing}",
            "keep the {thing} of my {who} dry for them",
            "pick the best hour to send a {thing} to my {who}",
        ),
    ),
    "homework": Intents(
        acts=("pass the {thing}", "get through the {thing}", "give the {thing} to the teacher"),
        bad=(
            "by looking at what my {who} writes",
            "with the name of my {who} rubbed out",
            "by using the work of my {who}",
        ),
        good=("by looking at my notes once more", "with my name at the top", "by studying beside my {who}"),
        wrong=(
            "present what my {who} wrote for the {thing} as if I had done it",
            "get by in the {thing} on the work of my {who}",
            "swap my {thing} for the better one of my {who}",
            "use a hidden earpiece in the {thing}",
            "let my {who} sit the {thing} under my name",
            "copy out the {thing} of my {who} word for word",
        ),
        right=(
            "give in the {thing} before the bell rings",
            "get through the {thing} by revising with my {who}",
            "write the {thing} in my own words",
            "ask my {who} to test me before the {thing}",
            "lay out the {thing} so that it is easy to read",
            "catch up on the {thing} after I was ill",
        ),
    ),
    "kitchen": Intents(
        acts=(
            "stir something into the {thing} of my {who}",
            "take a {thing} from the bag of my {who}",
            "sprinkle something on the {thing}",
        ),
        bad=("so that it is horrible", "so that my {who} goes hungry", "so that they feel sick"),
        good=("so that it is tasty", "so that my {who} has enough", "so that they like it"),
        wrong=(
            "make the {thing} of my {who} taste of soap",
            "pinch a {thing} from the bag of my {who}",
            "help myself to the {thing} of my {who} when they have gone",
            "hide something nasty in the {thing} of my {who}",
            "drop the {thing} of my {who} on purpose",
            "finish the {thing} that my {who} saved for the others",
        ),
        right=(
            "put a {thing} into the bag of my {who} for the trip",
            "stir something into the {thing} that makes it smell good",
            "make the {thing} of my {who} less salty for them",
            "keep the {thing} of my {who} fresh until noon",
            "wrap a {thing} for the lunch of my {who}",
            "find out why my {thing} tastes bland",
        ),
    ),
    "game": Intents(
        acts=("turn a piece in {thing}", "shuffle for {thing}", "come out ahead of my {who} in {thing}"),
        bad=("as soon as my {who} goes out", "by a swindle", "with marked pieces"),
        good=("as soon as my {who} sits down", "by good play", "with new pieces"),
        wrong=(
            "shift what lies on the table in {thing} when my {who} is out",
            "rig {thing} so that I beat my {who}",
            "use a crooked ploy in {thing} against my {who}",
            "bend the rules of {thing} without telling my {who}",
            "read the hand of my {who} in {thing} by a mirror",
            "hide a piece of {thing} up my sleeve",
        ),
        right=(
            "lay out {thing} before my {who} comes in",
            "open well in {thing} against my {who}",
            "use a clever ploy in {thing} that the rules allow",
            "count the pieces of {thing} after we have played",
            "explain a fair rule of {thing} to my {who}",
            "win at {thing} by thinking ahead",
        ),
    ),
    "excuse": Intents(
        acts=(
            "get out of the {thing}",
            "tell my {who} why the {thing} is not done",
            "hand my {who} a note about the {thing}",
        ),
        bad=("by a tale that is not true", "with a note that I signed for them", "although I gave them my word"),
        good=("by swapping days with my {who}", "with a note that they signed", "although I gave more time than I had"),
        wrong=(
            "think up a story that spares me the {thing}",
            "write a note in the hand of my {who} that excuses me from the {thing}",
            "wriggle out of the {thing} that I swore to do",
            "play sick so that nobody asks me for the {thing}",
            "say that the {thing} is done when it is not",
            "slip off before the {thing} and blame the traffic",
        ),
        right=(
            "find a tool that makes the {thing} quicker",
            "write to my {who} when I will come for the {thing}",
            "keep the word that I gave my {who} about the {thing}",
            "split the {thing} between my {who} and me",
            "set a day for the {thing} with my {who}",
            "get up early for the {thing}",
        ),
    ),
}
