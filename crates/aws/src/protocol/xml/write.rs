//! A serde serializer for one element: a value between tags, members inside it, or nothing.

use std::fmt::{self, Display};

use serde::ser::{self, Impossible, Serialize, Serializer};

use super::{Flat, Lists};

/// An element that is not written yet: what is absent leaves no tag.
pub(super) struct Element<'a> {
    pub(super) text: &'a mut String,
    pub(super) tag: &'a str,
    pub(super) action: &'a str,
    pub(super) lists: Lists,
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Unwritable(String);

impl ser::Error for Unwritable {
    fn custom<T: Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

impl Element<'_> {
    fn flat(&self) -> Option<Flat> {
        match self.lists {
            Lists::Wrapped => None,
            Lists::Flat(table) => table(self.action, self.tag),
        }
    }

    fn value(self, value: &(impl Display + ?Sized)) -> Result<(), Unwritable> {
        struct Escaped<'a>(&'a mut String);
        impl fmt::Write for Escaped<'_> {
            fn write_str(&mut self, part: &str) -> fmt::Result {
                super::escape(self.0, part);
                Ok(())
            }
        }
        super::open(self.text, self.tag);
        let written = fmt::Write::write_fmt(&mut Escaped(self.text), format_args!("{value}"));
        written.expect("writing into memory");
        super::close(self.text, self.tag);
        Ok(())
    }
}

macro_rules! values {
    ($($method:ident $type:ty),+ $(,)?) => {$(
        fn $method(self, value: $type) -> Result<(), Unwritable> {
            self.value(&value)
        }
    )+};
}

impl<'a> Serializer for Element<'a> {
    type Ok = ();
    type Error = Unwritable;
    type SerializeSeq = Repeated<'a>;
    type SerializeTuple = Impossible<(), Unwritable>;
    type SerializeTupleStruct = Impossible<(), Unwritable>;
    type SerializeTupleVariant = Impossible<(), Unwritable>;
    type SerializeMap = Entries<'a>;
    type SerializeStruct = Members<'a>;
    type SerializeStructVariant = Impossible<(), Unwritable>;

    values! {
        serialize_bool bool, serialize_i8 i8, serialize_i16 i16, serialize_i32 i32,
        serialize_i64 i64, serialize_u8 u8, serialize_u16 u16, serialize_u32 u32,
        serialize_u64 u64, serialize_f32 f32, serialize_f64 f64, serialize_char char,
        serialize_str &str,
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Unwritable> {
        // Of a `Plain` text; bytes that are none are written as base64 text.
        self.serialize_str(str::from_utf8(value).map_err(ser::Error::custom)?)
    }

    fn serialize_none(self) -> Result<(), Unwritable> {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Unwritable> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Unwritable> {
        Ok(())
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), Unwritable> {
        Ok(())
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<(), Unwritable> {
        self.value(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<(), Unwritable> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _value: &T,
    ) -> Result<(), Unwritable> {
        Err(ser::Error::custom("AWS's outputs have no variants with values"))
    }

    fn serialize_seq(self, _length: Option<usize>) -> Result<Repeated<'a>, Unwritable> {
        let flat = self.flat();
        if flat.is_none() {
            super::open(self.text, self.tag);
        }
        let item = match flat {
            Some(Flat::List(item)) => item,
            _ => "member",
        };
        Ok(Repeated { wrapped: flat.is_none(), item, element: self })
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<Entries<'a>, Unwritable> {
        if let Some(Flat::Map { entry, key, value }) = self.flat() {
            return Ok(Entries { wrapped: false, entry, key, value, element: self });
        }
        super::open(self.text, self.tag);
        Ok(Entries { wrapped: true, entry: "entry", key: "key", value: "value", element: self })
    }

    fn serialize_struct(
        self,
        _name: &'static str,
        _members: usize,
    ) -> Result<Members<'a>, Unwritable> {
        super::open(self.text, self.tag);
        Ok(Members(self))
    }

    fn serialize_tuple(self, _length: usize) -> Result<Self::SerializeTuple, Unwritable> {
        Err(ser::Error::custom("AWS's outputs have no tuples"))
    }

    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        length: usize,
    ) -> Result<Self::SerializeTupleStruct, Unwritable> {
        self.serialize_tuple(length)
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeTupleVariant, Unwritable> {
        self.serialize_tuple(length)
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeStructVariant, Unwritable> {
        self.serialize_tuple(length)
    }
}

pub(super) struct Repeated<'a> {
    element: Element<'a>,
    item: &'static str,
    wrapped: bool,
}

impl ser::SerializeSeq for Repeated<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritable> {
        value.serialize(self.element.inner(self.item))
    }

    fn end(self) -> Result<(), Unwritable> {
        if self.wrapped {
            super::close(self.element.text, self.element.tag);
        }
        Ok(())
    }
}

pub(super) struct Entries<'a> {
    element: Element<'a>,
    entry: &'static str,
    key: &'static str,
    value: &'static str,
    wrapped: bool,
}

impl ser::SerializeMap for Entries<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Unwritable> {
        super::open(self.element.text, self.entry);
        key.serialize(self.element.inner(self.key))
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritable> {
        value.serialize(self.element.inner(self.value))?;
        super::close(self.element.text, self.entry);
        Ok(())
    }

    fn end(self) -> Result<(), Unwritable> {
        if self.wrapped {
            super::close(self.element.text, self.element.tag);
        }
        Ok(())
    }
}

pub(super) struct Members<'a>(Element<'a>);

impl ser::SerializeStruct for Members<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Unwritable> {
        value.serialize(self.0.inner(name))
    }

    fn end(self) -> Result<(), Unwritable> {
        super::close(self.0.text, self.0.tag);
        Ok(())
    }
}

impl Element<'_> {
    fn inner<'b>(&'b mut self, tag: &'b str) -> Element<'b> {
        Element { text: self.text, tag, action: self.action, lists: self.lists }
    }
}
