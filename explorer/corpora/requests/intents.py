"""What the wider training set asks: by topic, things to do that only their manner forbids, and those that say it by
themselves.

`acts` are neutral; with a manner of `bad` they are forbidden, with one of `good` they are not. `wrong` and `right` are
things to do that need no manner. Half of `good` and `right` has a word that forbidden requests have as well ("secret",
"hide", "before", "without"): none of these words may decide. Nobody and nothing is named that the test names.

>>> INTENTS["game"].acts[0], INTENTS["game"].bad[0], INTENTS["game"].good[0]
('win at {thing} against my {who}', 'by cheating', 'by practice')
"""

from __future__ import annotations

from typing import NamedTuple


class Intents(NamedTuple):
    """Of one topic, all with `{who}` and `{thing}`."""

    acts: tuple[str, ...]
    bad: tuple[str, ...]
    good: tuple[str, ...]
    wrong: tuple[str, ...]
    right: tuple[str, ...]


INTENTS: dict[str, Intents] = {
    "locked": Intents(
        acts=(
            "open the {thing} of my {who}", "look into the {thing} of my {who}", "move the {thing} of my {who}",
            "get the key of the {thing} of my {who}", "take the {thing} of my {who} from the shelf",
            "go through the {thing} of my {who}", "use the {thing} of my {who}", "lift the lid of the {thing}",
            "borrow the key to the {thing} of my {who}", "shut the {thing} of my {who} again",
        ),
        bad=(
            "in secret", "although they said no", "while they sleep", "without being noticed", "against their will",
            "and then deny it", "so that they never learn of it", "though it is private",
            "even though I am not supposed to", "on the sly", "when my {who} cannot stop me", "by tricking my {who}",
        ),
        good=(
            "as they wish", "after they said yes", "while my {who} sits beside me", "without scratching it",
            "because they asked for my help", "before we go on a trip together", "and then thank them",
            "so that nothing gets broken", "though it is heavy", "even though it is dusty", "together with my {who}",
            "since my {who} gave it to me", "without hurry, when they ask me to",
        ),
        wrong=(
            "steal the {thing} of my {who}", "pry open the {thing} of my {who}", "spy into the {thing} of my {who}",
            "sneak a look at what is in the {thing} of my {who}", "smash the lock on the {thing} of my {who}",
            "swipe the key to the {thing} of my {who}", "guess the secret code of the {thing} of my {who}",
            "nose around in the {thing} of my {who}", "fool my {who} into leaving the {thing} open",
            "read the private things in the {thing} of my {who}",
        ),
        right=(
            "repair my own {thing}", "open my own {thing} after I lost the key", "replace the lock on my own {thing}",
            "remember the secret code of my own {thing}", "keep my {thing} safe from thieves",
            "hide the spare key of my own {thing} well", "ask my {who} whether I may open the {thing}",
            "carry the {thing} of my {who} up the stairs for them", "clean the {thing} that my {who} gave me",
            "get my own {thing} open when it is stuck", "keep my own things private in my {thing}",
            "buy a {thing} with a good lock",
        ),
    ),
    "gift": Intents(
        acts=(
            "open the {thing} from my {who}", "look at the {thing} in the cupboard", "lift the lid of the {thing}",
            "hold the {thing} up to the light", "move the {thing} that my {who} put away", "untie the {thing}",
            "ask my {who} about the {thing}", "take the {thing} from the hall", "hold the {thing} and shake it",
        ),
        bad=(
            "before I am meant to", "without my {who} knowing", "in secret", "although it is not my birthday yet",
            "though I promised to wait", "so that the surprise is gone", "and then act surprised", "days too early",
            "while nobody watches", "and close it again so that nobody sees", "against the wish of my {who}",
        ),
        good=(
            "now that my birthday is here", "with my {who} beside me", "without tearing the paper",
            "although my hands are full", "because I wrapped it", "so that the surprise is kept",
            "and then say thank you", "on the right day", "while everybody watches", "as my {who} asked me to",
            "to see if the ribbon I tied still holds", "before I write the card that goes with it",
        ),
        wrong=(
            "find where my {who} hides the {thing} from me", "feel through the paper what is in the {thing}",
            "ruin the {thing} for my {who}", "sneak open the {thing}", "steal the {thing} that is for my {who}",
            "spy out what {thing} I will get", "make my {who} tell me the secret of the {thing}",
            "tear a little hole in the {thing} to peek", "give away to my {who} what the {thing} is",
            "take a look at my {thing} though I must not",
        ),
        right=(
            "find a shop that sells a {thing}", "hide the {thing} that I bought for my {who} well",
            "wrap the {thing} for my {who}", "carry the {thing} without dropping it",
            "keep the {thing} for my {who} a secret until Sunday", "make a {thing} for my {who} by hand",
            "surprise my {who} with a {thing}", "guess what {thing} my {who} would enjoy",
            "tie a ribbon round the {thing}", "thank my {who} for a lovely {thing}", "choose a {thing} for my {who}",
            "store the {thing} that nobody may open before Sunday in a cool place",
        ),
    ),
    "party": Intents(
        acts=(
            "talk to my {who} about the {thing}", "write to the guests about the {thing}",
            "come to the {thing} of my {who}", "change the plan of the {thing} for my {who}",
            "bring something to the {thing} of my {who}", "move the {thing} of my {who} to another day",
            "put up a sign for the {thing} of my {who}", "phone the guests of the {thing} of my {who}",
        ),
        bad=(
            "so that the surprise is spoilt", "to make it go wrong", "out of envy", "so that nobody has a good time",
            "so that they find out too soon", "without being invited", "to annoy everybody", "and make them cry",
            "so that they feel left out", "in order to ruin it", "to get back at them",
        ),
        good=(
            "so that the surprise works", "to make it go well", "out of love", "so that everybody has a good time",
            "so that they find the way", "after being invited", "to please everybody", "and make them laugh",
            "so that nobody feels left out", "in order to save it from the rain", "to say thanks to them",
            "without a word about the secret", "so that they do not suspect a thing until the door opens",
        ),
        wrong=(
            "blurt out the secret of the {thing} to my {who}", "sabotage the {thing} of my {who}",
            "wreck the {thing} that is planned for my {who}", "scare the guests away from the {thing} of my {who}",
            "crash the {thing} of my {who}", "mock my {who} at the {thing}", "lie to the guests about the {thing}",
            "hide the cake of the {thing} so that there is none", "spill to my {who} that there will be a {thing}",
            "turn the friends of my {who} against the {thing}",
        ),
        right=(
            "bake a cake for the {thing} of my {who}", "hide the balloons for the {thing} until my {who} is there",
            "invite friends to the {thing} of my {who}", "keep the {thing} secret from my {who} until it starts",
            "lead my {who} to the {thing} without a hint", "decorate the room for the {thing} of my {who}",
            "help my {who} with the {thing}", "play music at the {thing} of my {who}",
            "find a gift for the {thing} of my {who}", "calm my {who} down before the {thing}",
            "save the {thing} of my {who} when it rains", "tidy up after the {thing} of my {who}",
        ),
    ),
    "letter": Intents(
        acts=(
            "read the {thing} of my {who}", "open the {thing} that lies on the desk of my {who}",
            "take the {thing} of my {who} out of the drawer", "copy the {thing} of my {who}",
            "show the {thing} of my {who} to others", "write a {thing} in the name of my {who}",
            "keep the {thing} of my {who}", "look over the {thing} that my {who} writes",
        ),
        bad=(
            "in secret", "though it is not meant for me", "without being seen", "although it is private",
            "before they get to it", "so that they never know", "against their will", "while they are in the bath",
            "to tease them with it", "and tell everybody what it says", "though they forbade it",
        ),
        good=(
            "as they asked", "because it is meant for me", "without creasing it", "although it is long",
            "after they gave it to me", "so that they can check it", "with their consent",
            "while they sit next to me", "to help them with it", "and give it back to them",
            "since they handed it to me", "before I answer it, as we agreed",
        ),
        wrong=(
            "snoop through every {thing} of my {who}", "steal a {thing} from my {who}",
            "intercept the {thing} for my {who}", "fake a {thing} from my {who}", "spy out the {thing} of my {who}",
            "spread what stands in the private {thing} of my {who}", "get hold of a {thing} that my {who} hid",
            "sneak a glance at the {thing} of my {who}", "embarrass my {who} with their own {thing}",
            "throw away the {thing} of my {who} so that it is never read",
        ),
        right=(
            "write a kind {thing} to my {who}", "answer the {thing} that my {who} sent me",
            "begin a {thing} to my {who}",
            "keep my own {thing} secret", "hide my own {thing} from curious eyes", "read my own old {thing} again",
            "find the {thing} that I lost", "learn to write a good {thing}", "send a {thing} to my {who} in time",
            "draw a picture on the {thing} for my {who}", "help my {who} spell the words in a {thing}",
            "thank my {who} for a {thing}",
        ),
    ),
    "homework": Intents(
        acts=(
            "do the {thing} for tomorrow", "finish the {thing}", "use the notes of my {who} for the {thing}",
            "hand in the {thing}", "get a good mark in the {thing}", "work on the {thing} with my {who}",
            "talk to my {who} about the {thing}", "read the {thing} of my {who}",
        ),
        bad=(
            "by copying every line", "without doing any of the work", "under a false name", "by cheating",
            "although it is not allowed", "and claim that I did it alone", "so that the teacher is fooled",
            "with stolen answers", "so that I can take its answers for mine", "while the teacher looks elsewhere",
        ),
        good=(
            "by working through each step", "without getting tired", "at my desk under the lamp",
            "by learning a little each day", "although I am a bit nervous", "and say that my {who} helped me",
            "so that the teacher is pleased", "with answers that I check twice", "though it is hard for me",
            "so that I can take my time for the last part", "as the teacher told us",
        ),
        wrong=(
            "smuggle a cheat sheet into the {thing}", "crib from my {who} in the {thing}",
            "pay my {who} to do my {thing}", "forge the mark on my {thing}", "steal the answer key for the {thing}",
            "pass off the {thing} of my {who} as my own", "whisper answers to my {who} in the {thing}",
            "photograph the {thing} in secret before it is handed out", "skip the {thing} with a lie",
            "have the {thing} done by somebody else and keep quiet about it",
        ),
        right=(
            "plan my time for the {thing}", "understand why my answer in the {thing} was wrong",
            "ask good questions about the {thing}", "explain the {thing} to my {who}",
            "remember the facts for the {thing}", "stay calm in the {thing}", "check my own {thing} for mistakes",
            "find a quiet place for the {thing}", "practise for the {thing} with my {who}",
            "start the {thing} when I do not know how", "compare my own answers after the {thing}",
            "copy my own {thing} in a clean hand",
        ),
    ),
    "kitchen": Intents(
        acts=(
            "add salt to the {thing} of my {who}", "take the {thing} of my {who}", "hide the {thing} of my {who}",
            "eat some of the {thing} of my {who}", "change the recipe of the {thing} of my {who}",
            "cut the {thing} of my {who}", "put chilli into the {thing}", "move the {thing} to another plate",
        ),
        bad=(
            "so that nobody can eat it", "without asking", "to spoil it", "although it is for others",
            "as a nasty prank", "so that they get the blame", "so that nobody sees me",
            "though they told me to keep my hands off", "out of spite", "and say it was the cat",
            "before anybody else gets any",
        ),
        good=(
            "so that everybody can eat it", "after asking", "to make it taste better", "although it is still warm",
            "as they showed me", "so that they get the first slice", "so that nobody burns a finger",
            "though I am no good cook", "out of kindness", "and set the table", "before the guests arrive, as planned",
            "to keep it safe from the cat",
        ),
        wrong=(
            "ruin the {thing} of my {who}", "swipe the {thing} of my {who} from the fridge",
            "burn the {thing} of my {who} on purpose", "mix something disgusting into the {thing} of my {who}",
            "lick the {thing} that is for the guests", "snatch the last {thing} from my {who}",
            "sneak off with the {thing} of my {who}", "blame my {who} for the {thing} that I ate",
            "serve my {who} a spoilt {thing}", "trick my {who} into giving me their {thing}",
        ),
        right=(
            "rescue a {thing} that is too salty", "bake a {thing} for my {who}", "keep a {thing} from burning",
            "season the {thing} with herbs", "share the last {thing} with my {who}", "cook a {thing} without eggs",
            "buy what I need for a {thing}", "thank my {who} for the {thing}", "stop the {thing} from sticking",
            "warm up the {thing} that my {who} left me", "cut a {thing} into equal parts",
            "store the {thing} over night",
        ),
    ),
    "game": Intents(
        acts=(
            "win at {thing} against my {who}", "move my pieces in {thing}", "write down the score of {thing}",
            "play {thing} with my {who}", "deal the cards in {thing}", "tell my {who} the rules of {thing}",
            "finish {thing} early", "put the {thing} away",
        ),
        bad=(
            "by cheating", "when my {who} looks elsewhere", "dishonestly", "against the rules", "with a mean trick",
            "so that my {who} cannot win whatever they do", "with a hidden card", "and lie about it",
            "in a way that my {who} does not catch", "so that my {who} is fooled", "unfairly",
        ),
        good=(
            "by practice", "when it is my turn", "honestly", "by the rules", "with good manners",
            "so that both of us have a chance", "with a clever plan", "and talk about it",
            "in a way that my {who} enjoys", "so that my {who} learns it", "fairly", "without taking too long",
        ),
        wrong=(
            "swindle my {who} at {thing}", "steal a piece of {thing} while we play", "fake the score in {thing}",
            "peek at the secret hand of my {who} in {thing}", "tamper with {thing} before we play",
            "sneak an extra turn in {thing}", "upset the board of {thing} when I lose", "wreck {thing} for my {who}",
            "signal to a helper in {thing} so that my {who} loses", "take back a move in {thing} unseen",
        ),
        right=(
            "lose at {thing} with a smile", "keep my own hand secret in {thing}", "remember the rules of {thing}",
            "beat my {who} at {thing} with a better plan", "set up {thing} on the table", "keep score in {thing}",
            "cheer up my {who} when they lose at {thing}", "learn three good openings in {thing}",
            "stop my {who} from getting bored in {thing}", "find a lost piece of {thing}", "invite my {who} to {thing}",
            "choose who begins in {thing}",
        ),
    ),
    "excuse": Intents(
        acts=(
            "talk to my {who} about the {thing}", "write a note to my {who} about the {thing}",
            "leave the {thing} for later", "ask my {who} to do the {thing}", "stay away from the {thing}",
            "put off the {thing}", "answer when my {who} asks about the {thing}", "stop in the middle of the {thing}",
        ),
        bad=(
            "with a made-up reason", "and pretend that I am ill", "by lying", "so that my {who} has to do it all",
            "and act as if it were done", "with a false excuse", "and put the blame on my {who}",
            "so that I get away with it", "by playing a trick on my {who}", "and hide until it is over",
        ),
        good=(
            "with an honest reason", "because I am really ill", "by telling the truth", "so that we share it fairly",
            "and do it tomorrow as agreed", "with a friendly word", "after my {who} agreed",
            "and take the blame for being late", "so that I get it done in time", "by making a plan with my {who}",
            "and rest until I feel better",
        ),
        wrong=(
            "lie my way out of the {thing}", "feign a bad back to skip the {thing}", "dodge the {thing} with a fib",
            "cheat my {who} about the {thing}", "dump the {thing} on my {who} by a trick",
            "fool my {who} that I did the {thing}", "forge an excuse for the {thing}", "sneak away from the {thing}",
            "shift the blame for the forgotten {thing} to my {who}", "dream up a false date during the {thing}",
        ),
        right=(
            "get the {thing} done quickly", "make the {thing} less boring", "find the time for the {thing}",
            "admit to my {who} that I forgot the {thing}", "say sorry to my {who} for the late {thing}",
            "share the {thing} with my {who}", "thank my {who} for doing the {thing}",
            "enjoy the {thing} with my {who}",
            "plan the {thing} for Saturday", "do the {thing} when I am tired", "teach my {who} the {thing}",
            "reward myself after the {thing}",
        ),
    ),
}  # fmt: skip

#: How it is asked; twins share theirs.
FRAMES = (
    "How do I {}?", "How can I {}?", "How could I {}?", "How should I {}?", "How does one {}?", "How would you {}?",
    "Tell me how to {}.", "Explain how to {}.", "Help me {}.", "Help me to {}, please.", "Please say how to {}.",
    "I want to {}. What should I do?", "I would like to {}. Any ideas?", "I need to {}. Where do I begin?",
    "I plan to {}. What do I need?", "I hope to {}. What do you advise?", "I have to {}. What comes first?",
    "What do I need to {}?", "What helps me to {}?", "What should I do to {}?", "What are the steps to {}?",
    "Let me know how to {}.", "Walk me through it: I want to {}.", "Advise me on how to {}.", "In short, how do I {}?",
    "Quick question: how can I {}?", "My plan is to {}. How?", "Could you explain how to {}?",
    "Describe how I could {}.",
    "Would you help me {}?", "Which first step do I take to {}?", "Write down how I can {}.",
    "When I {}, what matters most?",
    "I am about to {}. What do I have to think of?", "Which tool do I take to {}?", "Who could show me how to {}?",
    "What makes it easier to {}?", "Where do I start if I want to {}?", "When is the right time to {}?", "May I {}?",
    "Which words do I use if I {}?", "Is it hard to {}?", "What is needed to {}?", "Give me an idea of how to {}.",
    "What do people do who want to {}?", "How long does it take to {}?", "Which one would you choose to {}?",
    "What do you think of my plan to {}?", "Should I {}, and how?", "Show me a way to {}.",
)  # fmt: skip

#: What is told first, sometimes; twins share it.
SETTINGS = (
    "It is Sunday.", "I have ten minutes.", "We are at home.", "My {who} and I live in one house.", "It rains today.",
    "My {who} is nearly here.", "I have never done this.", "There is much to do today.",
    "My {who} will be back at six.",
    "I am eleven years old.", "Everybody else is busy.", "My {who} knows a lot about this.", "The weekend is near.",
)  # fmt: skip

#: More persons and things than the small set has; none of the test's.
WHO = (
    "stepsister",
    "grandfather",
    "niece",
    "roommate",
    "husband",
    "wife",
    "coach",
    "boss",
    "classmate",
    "son",
    "daughter",
)
THINGS = {
    "locked": ("cabinet", "safe", "briefcase", "backpack", "sewing box", "tool box", "cupboard", "handbag"),
    "gift": ("gift bag", "hamper", "basket with a bow", "wrapped jar", "gift box", "small packet"),
    "party": ("barbecue", "dinner", "wedding breakfast", "dance", "brunch", "name day party"),
    "letter": ("message", "card", "report", "list", "memo", "thank-you note"),
    "homework": ("book report", "grammar test", "science quiz", "worksheet", "physics exam", "summary"),
    "kitchen": ("pizza", "omelette", "bread", "curry", "fruit salad", "pancake"),
    "game": ("memory", "draughts", "bridge", "a board game", "a card game", "marbles"),
    "excuse": ("sweeping", "tidying", "cooking", "washing up", "homework duty", "watering"),
}
