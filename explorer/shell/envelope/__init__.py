"""What page and server say to each other, typed.

`python -m explorer types` writes the same for the page (`typescript`): ``protocol.d.ts``, and for lessons and for
recordings a file beside the scripts that read them, so that both sides are held against one text. A text in an
annotation, ``Annotated[Block, "Ints"]``, is what the type is called on the page.
"""
