"""Scripts without a sandbox: `python3 -m unittest` in this folder."""

import unittest

import script
import step


def ended(code, **more):
    return script.run(code, **more)


class Scripts(unittest.TestCase):
    def test_what_is_written_is_kept_without_its_last_line_break(self):
        result = ended("import sys\nprint('one')\nprint('two')\nsys.stderr.write('oops\\n')")
        self.assertEqual((result.code, result.stdout, result.stderr), (0, "one\ntwo", "oops"))

    def test_arguments_environment_and_input_arrive(self):
        code = "import os, sys\nprint(sys.argv[1:], os.environ['foo'], sys.stdin.read(), len(os.environ))"
        result = ended(code, arguments=["a", "b"], environment={"foo": "bar"}, stdin="grüß")
        self.assertEqual(result.stdout, "['a', 'b'] bar grüß 1")
        self.assertEqual(ended("print(input(), input())", stdin="x\ny\n").stdout, "x y")
        self.assertEqual(ended("for line in open(0) if False else __import__('sys').stdin: print(line)", stdin="l").stdout, "l")

    def test_a_script_that_raises_has_its_traceback_on_stderr(self):
        result = ended("def f():\n    return 1 / 0\n\nf()")
        self.assertEqual(result.code, 1)
        self.assertIn('File "script.py", line 2, in f', result.stderr)
        self.assertIn("return 1 / 0", result.stderr)
        self.assertTrue(result.stderr.endswith("ZeroDivisionError: division by zero"))
        self.assertNotIn("_execute", result.stderr)

    def test_what_is_no_python_says_where(self):
        result = ended("x = 1\nif x\n    pass")
        self.assertEqual(result.code, 1)
        self.assertIn("line 2", result.stderr)
        self.assertIn("SyntaxError", result.stderr)

    def test_exit_codes_are_the_interpreters(self):
        for code, expected in [("exit(3)", 3), ("import sys; sys.exit()", 0), ("raise SystemExit(256 + 7)", 7)]:
            self.assertEqual(ended(code).code, expected)
        result = ended("import sys; sys.exit('no luck')")
        self.assertEqual((result.code, result.stderr), (1, "no luck"))

    def test_what_was_registered_for_the_end_is_done(self):
        result = ended("import atexit\natexit.register(print, 'bye')\nprint('hi')")
        self.assertEqual(result.stdout, "hi\nbye")

    def test_a_script_is_the_main_module_and_leaves_nothing_behind(self):
        self.assertEqual(ended("x = 1\nprint(__name__)").stdout, "__main__")
        self.assertEqual(ended("print('x' in globals())").stdout, "False")
        pickled = "import pickle\nclass A: pass\nprint(type(pickle.loads(pickle.dumps(A()))).__name__)"
        self.assertEqual(ended(pickled).stdout, "A")

    def test_too_much_output_ends_a_script_even_where_it_catches_everything(self):
        result = ended("while True:\n    try:\n        print('x' * 1000)\n    except Exception:\n        pass")
        self.assertEqual(result.too_much, "stdout")
        caught = "try:\n    print('x' * (1 << 21))\nexcept BaseException:\n    pass"
        self.assertEqual(ended(caught).too_much, "stdout")


class Steps(unittest.TestCase):
    def result(self, code, **more):
        return step.result({"code": code, **more}, script.run)

    def test_each_return_has_its_output(self):
        code = "import sys\nprint('out')\nprint('err', file=sys.stderr)"
        everything = {"code": 0, "stdout": "out", "stderr": "err"}
        for wanted, output in [("stdout", "out"), ("stderr", "err"), ("code", 0), ("all", everything), ("none", None)]:
            self.assertEqual(self.result(code, **{"return": wanted}), output)
        self.assertEqual(self.result(code), "out")

    def test_a_code_that_is_not_asked_for_is_an_error_with_the_end_of_stderr(self):
        for wanted in ["stdout", "stderr", "none"]:
            with self.assertRaises(step.Failed) as caught:
                self.result("raise ValueError('bad')", **{"return": wanted})
            self.assertIn("ValueError: bad", caught.exception.detail)
            self.assertEqual(caught.exception.extensions, {"code": 1})
        self.assertEqual(self.result("exit(2)", **{"return": "code"}), 2)

    def test_plain_values_are_texts_and_other_input_is_json(self):
        code = "import sys, os\nprint(sys.argv[1:], os.environ['n'], 'gone' in os.environ, sys.stdin.read())"
        output = self.result(
            code, arguments=[1, True, None, "x"], environment={"n": 1.5, "gone": None}, stdin={"a": [1]}
        )
        named = self.result("import sys; print(sys.argv[1:])", arguments={"name": "x", "n": 1})
        self.assertEqual(named, "['--name', 'x', '--n', '1']")
        self.assertEqual(output, "['1', 'true', '', 'x'] 1.5 False {\"a\": [1]}")

    def test_too_much_output_is_an_error_that_names_the_stream(self):
        with self.assertRaises(step.Failed) as caught:
            self.result("import sys\nsys.stderr.write('x' * (1 << 21))")
        self.assertIn("stderr", caught.exception.detail)


if __name__ == "__main__":
    unittest.main()
