"""Writing an ONNX graph as arithmetic: values that can be added, multiplied and compared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

OPSET = 20  # of the standard operators; onnxruntime 1.17 and later run it
IR_VERSION = 10

Operand = Any  # a Value, a number or an array


class Graph:
    """Collects nodes; `model` closes it."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._count = 0
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._inputs: list[Any] = []

    def input(self, name: str, kind: int, shape: list[int | str]) -> Value:
        self._inputs.append(helper.make_tensor_value_info(name, kind, shape))
        return Value(self, name)

    def constant(self, value: Any, dtype: Any = np.float64) -> Value:
        name = self._fresh("c")
        self._constants.append(numpy_helper.from_array(np.asarray(value, dtype=dtype), name))
        return Value(self, name)

    def op(self, kind: str, *operands: Operand, **attributes: Any) -> Value:
        """One node. Numbers and arrays among the operands become float64 constants."""
        name = self._fresh(kind)
        inputs = [self.value(operand).name for operand in operands]
        self._nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return Value(self, name)

    def value(self, operand: Operand) -> Value:
        return operand if isinstance(operand, Value) else self.constant(operand)

    def either(self, condition: Value, yes: Callable[[], Value], no: Callable[[], Value]) -> Value:
        """Runs only one of two branches. Both may use every value made so far."""
        name = self._fresh("If")
        branches = {"then_branch": self._branch(yes), "else_branch": self._branch(no)}
        self._nodes.append(helper.make_node("If", [condition.name], [name], name=name, **branches))
        return Value(self, name)

    def _branch(self, make: Callable[[], Value]) -> Any:
        outside, self._nodes = self._nodes, []
        try:
            made = make()
            output = onnx.ValueInfoProto(name=made.name)  # its type follows from the nodes
            return helper.make_graph(self._nodes, made.name, [], [output])
        finally:
            self._nodes = outside

    def model(self, output: Value, name: str, kind: int, shape: list[int | str]) -> Any:
        """The ModelProto with `output` as its only output, called `name`."""
        self._nodes.append(helper.make_node("Identity", [output.name], [name]))
        made = helper.make_tensor_value_info(name, kind, shape)
        graph = helper.make_graph(
            self._nodes, self._prefix, self._inputs, [made], initializer=self._constants
        )
        return helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
        )

    def _fresh(self, kind: str) -> str:
        self._count += 1
        return f"{self._prefix}/{kind}_{self._count}"


class Value:
    """The output of a node. All arithmetic is in float64 unless cast."""

    def __init__(self, graph: Graph, name: str) -> None:
        self.graph = graph
        self.name = name

    def __add__(self, other: Operand) -> Value:
        return self.graph.op("Add", self, other)

    def __sub__(self, other: Operand) -> Value:
        return self.graph.op("Sub", self, other)

    def __rsub__(self, other: Operand) -> Value:
        return self.graph.op("Sub", other, self)

    def __mul__(self, other: Operand) -> Value:
        return self.graph.op("Mul", self, other)

    def __truediv__(self, other: Operand) -> Value:
        return self.graph.op("Div", self, other)

    def __rtruediv__(self, other: Operand) -> Value:
        return self.graph.op("Div", other, self)

    def __lt__(self, other: Operand) -> Value:
        return self.graph.op("Less", self, other)

    def __gt__(self, other: Operand) -> Value:
        return self.graph.op("Greater", self, other)

    def __le__(self, other: Operand) -> Value:
        return self.graph.op("LessOrEqual", self, other)

    def __ge__(self, other: Operand) -> Value:
        return self.graph.op("GreaterOrEqual", self, other)

    def __and__(self, other: Value) -> Value:
        return self.graph.op("And", self, other)

    def floor(self) -> Value:
        return self.graph.op("Floor", self)

    def absolute(self) -> Value:
        return self.graph.op("Abs", self)

    def at_least(self, other: Operand) -> Value:
        return self.graph.op("Max", self, other)

    def at_most(self, other: Operand) -> Value:
        return self.graph.op("Min", self, other)

    def where(self, yes: Operand, no: Operand) -> Value:
        return self.graph.op("Where", self, yes, no)

    def cast(self, kind: int) -> Value:
        return self.graph.op("Cast", self, to=kind)

    def reshape(self, *shape: int) -> Value:
        return self.graph.op("Reshape", self, self.graph.constant(shape, np.int64))

    def transpose(self, *order: int) -> Value:
        return self.graph.op("Transpose", self, perm=order)


FLOAT = onnx.TensorProto.FLOAT
DOUBLE = onnx.TensorProto.DOUBLE
INT64 = onnx.TensorProto.INT64
UINT8 = onnx.TensorProto.UINT8
