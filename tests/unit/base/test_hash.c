#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/base/hash.h"

static void test_sha256(void **state)
{
    (void)state;
    char hex[HASH_HEX_SIZE];
    assert_int_equal(hash_sha256_hex("abc", 3, hex), 0);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_int_equal(hash_sha256_hex("", 0, hex), 0);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_int_equal(hash_sha256_hex(NULL, 0, hex), 0);
}

/* RFC 4231, cases 1, 2 and 6 (a key longer than a block); and an empty key. */
static void test_hmac(void **state)
{
    (void)state;
    uint8_t key[131], out[HASH_SIZE];
    char hex[HASH_HEX_SIZE];
    memset(key, 0x0b, 20);
    assert_int_equal(hash_hmac_sha256(key, 20, "Hi There", 8, out), 0);
    hash_to_hex(out, sizeof(out), hex);
    assert_string_equal(hex, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    assert_int_equal(hash_hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28, out), 0);
    hash_to_hex(out, sizeof(out), hex);
    assert_string_equal(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof(key));
    const char *text = "Test Using Larger Than Block-Size Key - Hash Key First";
    assert_int_equal(hash_hmac_sha256(key, sizeof(key), text, strlen(text), out), 0);
    hash_to_hex(out, sizeof(out), hex);
    assert_string_equal(hex, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    assert_int_equal(hash_hmac_sha256("", 0, "", 0, out), 0);
    hash_to_hex(out, sizeof(out), hex);
    assert_string_equal(hex, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void test_hex(void **state)
{
    (void)state;
    uint8_t bytes[3] = {9, 9, 9};
    char hex[7];
    assert_true(hash_from_hex("00fFa9", bytes, 3));
    hash_to_hex(bytes, 3, hex);
    assert_string_equal(hex, "00ffa9");
    assert_false(hash_from_hex("00ff", bytes, 3));
    assert_false(hash_from_hex("00ffa9b", bytes, 3));
    assert_false(hash_from_hex("00ffag", bytes, 3));
    assert_false(hash_from_hex("", bytes, 3));
    assert_false(hash_from_hex("0", bytes, 1));
}

static void test_equal_and_random(void **state)
{
    (void)state;
    uint8_t a[32], b[32];
    assert_true(hash_equal("abc", "abd", 2));
    assert_false(hash_equal("abc", "abd", 3));
    assert_true(hash_equal("a", "b", 0));
    assert_int_equal(hash_random(a, sizeof(a)), 0);
    assert_int_equal(hash_random(b, sizeof(b)), 0);
    assert_false(hash_equal(a, b, sizeof(a)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256),
        cmocka_unit_test(test_hmac),
        cmocka_unit_test(test_hex),
        cmocka_unit_test(test_equal_and_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
