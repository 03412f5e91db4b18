/* builtin.S - the built-in model's file, as it is, in read-only data. */
    .section .rodata.engine_builtin_chat, "a", %progbits
    .balign 64
    .globl engine_builtin_chat_begin
    .hidden engine_builtin_chat_begin
    .type engine_builtin_chat_begin, %object
engine_builtin_chat_begin:
    .incbin "chat.gguf"
    .globl engine_builtin_chat_end
    .hidden engine_builtin_chat_end
    .type engine_builtin_chat_end, %object
engine_builtin_chat_end:
    .byte 0
    .size engine_builtin_chat_begin, engine_builtin_chat_end - engine_builtin_chat_begin
    .size engine_builtin_chat_end, 1

    .section .note.GNU-stack, "", %progbits
