// As much of googletest as the documents' tests use.
#pragma once
#include <cstdio>
#include <cstdlib>

#define GTEST_COMPARE(a, op, b)                                                                    \
    do {                                                                                           \
        if (!((a)op(b))) {                                                                         \
            std::fprintf(stderr, "%s:%d: not true: %s " #op " %s\n", __FILE__, __LINE__, #a, #b);  \
            std::exit(1);                                                                          \
        }                                                                                          \
    } while (0)
#define EXPECT_EQ(a, b) GTEST_COMPARE(a, ==, b)
#define ASSERT_NE(a, b) GTEST_COMPARE(a, !=, b)
#define TEST(suite, name) static void suite##_##name()
#define TEST_F(fixture, name)                                                                      \
    struct fixture##_##name : fixture {                                                            \
        void TestBody();                                                                           \
    };                                                                                             \
    void fixture##_##name::TestBody()
