/* The weights as bytes, and the tables of names and words; a table's rows are cache lines when the file begins on one. */
    .section .rodata.builtin_models, "a"

/* A table is read without looking for its end: builtin.h knows how many bytes it has. */
#define TABLE(name, bytes, file) \
    .globl name; \
    name:; \
    .incbin file; \
    .if . - name != bytes; \
    .error "that table is not of the size that builtin.h says"; \
    .endif

    .balign 64
    .globl builtin_tagger, builtin_tagger_end
builtin_tagger:
    .incbin "tagger.gguf"
builtin_tagger_end:
    .byte 0

    .balign 64
    .globl builtin_complexity, builtin_complexity_end
builtin_complexity:
    .incbin "complexity.gguf"
builtin_complexity_end:
    .byte 0

    .balign 64
    TABLE(builtin_names, 2 << 17, "names.bin")

    .balign 64
    TABLE(builtin_words, 64 * 53248, "words.bin")

    .balign 64
    TABLE(builtin_meanings, 2560 * 64, "meanings.bin")

    .balign 64
    .globl builtin_kinds, builtin_kinds_end
builtin_kinds:
    .incbin "kinds.gguf"
builtin_kinds_end:
    .byte 0

    .balign 64
    .globl builtin_language
builtin_language:
    .incbin "language.bin"
    .zero 64 /* read with the last row, and not used */

#if defined(__linux__) && defined(__ELF__)
    .section .note.GNU-stack, "", %progbits
#endif
