"""The standard library that scripts find. A component has no files: what is not imported while
it is built cannot be imported later. Left out is what needs a system: processes, network,
terminals, compilers."""

import abc
import argparse
import array
import ast
import asyncio
import base64
import binascii
import bisect
import calendar
import cmath
import codecs
import collections.abc
import colorsys
import concurrent.futures
import configparser
import contextlib
import contextvars
import copy
import csv
import dataclasses
import datetime
import decimal
import difflib
import email.message
import email.mime.multipart
import email.mime.text
import email.parser
import email.policy
import email.utils
import enum
import fnmatch
import fractions
import functools
import gettext
import graphlib
import gzip
import hashlib
import heapq
import hmac
import html.entities
import html.parser
import http
import importlib.metadata
import importlib.resources
import inspect
import io
import ipaddress
import itertools
import json.tool
import keyword
import locale
import logging.config
import logging.handlers
import math
import mimetypes
import numbers
import operator
import os.path
import pathlib
import pickle
import platform
import plistlib
import pprint
import queue
import quopri
import random
import re
import reprlib
import sched
import secrets
import shlex
import shutil
import signal
import sqlite3
import stat
import statistics
import string
import string.templatelib
import struct
import sys
import tempfile
import textwrap
import threading
import time
import timeit
import tokenize
import tomllib
import traceback
import types
import typing
import unicodedata
import unittest.mock
import urllib.error
import urllib.parse
import uuid
import warnings
import weakref
import xml.dom.minidom
import xml.etree.ElementTree
import xml.sax.saxutils
import zipfile
import zlib
import zoneinfo
# Codecs are looked up by name, also those of every day.
import encodings.ascii
import encodings.cp1252
import encodings.idna
import encodings.iso8859_1
import encodings.latin_1
import encodings.punycode
import encodings.unicode_escape
import encodings.utf_16
import encodings.utf_16_be
import encodings.utf_16_le
import encodings.utf_32
import encodings.utf_8
import encodings.utf_8_sig


class NotThere:
    """Asked last for a module: says why there is none."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        top = name.partition(".")[0]
        if top in sys.stdlib_module_names:
            why = "this part of the standard library needs a system, which a sandbox is not"
        else:
            why = "a script has the standard library only; what needs packages belongs in a plugin"
        raise ModuleNotFoundError(f"No module named {name!r}: {why}", name=name)


class Waits:
    """What an event loop waits on: nothing but time."""

    def select(self, timeout=None):
        if timeout is None:
            raise RuntimeError("the event loop waits for something that never comes")
        if timeout > 0:
            time.sleep(timeout)
        return []


class Loop(asyncio.BaseEventLoop):
    """An event loop without sockets, which the usual one wants for itself."""

    def __init__(self):
        super().__init__()
        self._selector = Waits()

    def _process_events(self, events):
        pass

    def _write_to_self(self):
        pass


def forget_paths() -> None:
    """What stands outside of the component is not looked for."""
    asyncio.new_event_loop = asyncio.events.new_event_loop = Loop
    sys.path.clear()
    sys.path_importer_cache.clear()
    sys.meta_path.append(NotThere)
