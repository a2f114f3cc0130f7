"""What page and server say to each other, typed.

`python -m explorer types` writes the same as ``assets/shell/protocol.d.ts`` (`typescript`), so that both sides are held
against one text. A text in an annotation, ``Annotated[Block, "Ints"]``, is what the type is called on the page.
"""
